bluegreen_unit_test(cli cli_file_history.cc)
