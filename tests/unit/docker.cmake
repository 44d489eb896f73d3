bluegreen_unit_test(docker docker_address.cc docker_answers.cc docker_container_body.cc docker_credentials.cc
                    docker_errors.cc docker_lying_engine.cc docker_pull_progress.cc docker_reference.cc docker_ssh_relay.cc docker_stream.cc)
target_link_libraries(test_docker PRIVATE bluegreen_http bluegreen_lying_engine nlohmann_json::nlohmann_json)
