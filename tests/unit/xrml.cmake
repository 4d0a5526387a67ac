# SPDX-License-Identifier: Apache-2.0
rms_test(xrml_test LABELS unit
  SOURCES xrml_certificates_test.cpp xrml_chain_test.cpp xrml_content_test.cpp xrml_document_test.cpp xrml_keys_test.cpp
          xrml_licenses_test.cpp xrml_limits_test.cpp xrml_online_test.cpp xrml_opinion_test.cpp
          xrml_rights_data_test.cpp xrml_seal_test.cpp xrml_template_test.cpp xrml_vectors_test.cpp
          xrml_wrapping_test.cpp
  LIBRARIES rms_xrml rms_xml)
