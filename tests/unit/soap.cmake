# SPDX-License-Identifier: Apache-2.0
rms_test(soap_test LABELS unit
  SOURCES soap_dialect_test.cpp soap_exactness_test.cpp soap_fault_test.cpp soap_limits_test.cpp soap_messages_test.cpp
          soap_operation_test.cpp soap_request_test.cpp soap_response_test.cpp soap_rules_test.cpp
          soap_tolerance_test.cpp soap_wsdl_test.cpp
  LIBRARIES rms_soap rms_xml)
