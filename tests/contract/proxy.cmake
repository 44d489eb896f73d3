# The Proxy port against a real nginx: needs an engine and the image nginx:latest, or what BLUEGREEN_NGINX_IMAGE names.
# For the one on this machine: root, and nginx installed.
add_executable(contract_proxy nginx_fixture.cc own_machine.cc proxy_contract_test.cc upstream.cc)
target_link_libraries(contract_proxy PRIVATE bluegreen_nginx bluegreen_docker bluegreen_http bluegreen_system
                                             GTest::gtest_main GTest::gmock)
gtest_discover_tests(contract_proxy DISCOVERY_TIMEOUT 60 PROPERTIES LABELS contract RESOURCE_LOCK nginx TIMEOUT 120)
