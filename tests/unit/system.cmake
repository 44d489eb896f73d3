bluegreen_unit_test(system
  system_files.cc
  system_lock.cc
  system_program.cc
  system_signals.cc
)
