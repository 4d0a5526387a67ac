# SPDX-License-Identifier: Apache-2.0
rms_test(xml_test LABELS unit
  SOURCES xml_document_test.cpp xml_limits_test.cpp xml_text_test.cpp
  LIBRARIES rms_xml rms_cost)
