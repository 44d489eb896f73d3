bluegreen_unit_test(http http_client.cc)
