bluegreen_unit_test(nginx
  nginx_check_sites.cc
  nginx_conf_changes.cc
  nginx_conf_files.cc
  nginx_container_conf_files.cc
  nginx_config_text.cc
  nginx_host_nginx.cc
  nginx_hostile_text.cc
  nginx_preview_client.cc
  nginx_published_site.cc
  nginx_refusal_hints.cc
  nginx_stream_text.cc
  nginx_syntax.cc
  nginx_workers.cc
)
target_link_libraries(test_nginx PRIVATE bluegreen_sim)
target_compile_definitions(test_nginx PRIVATE BLUEGREEN_GOLDEN_DIR="${CMAKE_CURRENT_SOURCE_DIR}/golden/nginx")
target_link_libraries(test_nginx PRIVATE bluegreen_nginx_text)
