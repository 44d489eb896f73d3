target_sources(bluegreen_sim PRIVATE sim_proxy.cc)
target_link_libraries(bluegreen_sim PRIVATE bluegreen_nginx)

add_executable(sim_proxy_test sim_proxy_test.cc)
target_link_libraries(sim_proxy_test PRIVATE bluegreen_sim GTest::gtest_main GTest::gmock)
gtest_discover_tests(sim_proxy_test DISCOVERY_TIMEOUT 60 PROPERTIES LABELS sim)
