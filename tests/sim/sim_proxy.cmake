add_library(bluegreen_sim_proxy STATIC sim_proxy.cc)
target_include_directories(bluegreen_sim_proxy PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(bluegreen_sim_proxy PUBLIC bluegreen_deploy PRIVATE bluegreen_nginx)

add_executable(sim_proxy_test sim_proxy_test.cc)
target_link_libraries(sim_proxy_test PRIVATE bluegreen_sim_proxy GTest::gtest_main GTest::gmock)
gtest_discover_tests(sim_proxy_test DISCOVERY_TIMEOUT 60 PROPERTIES LABELS sim)
