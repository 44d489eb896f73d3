bluegreen_unit_test(http http_answer.cc http_client.cc)
