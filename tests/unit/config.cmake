bluegreen_unit_test(config config_bluegreen.cc config_checks.cc config_compose.cc config_container.cc config_documents.cc
                    config_dotenv.cc config_json.cc config_merge.cc config_names.cc config_redact.cc config_resources.cc
                    config_values.cc config_variables.cc config_yaml.cc)
target_compile_definitions(test_config PRIVATE BLUEGREEN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
