# ipclab_lab(NN-topic): makes the lab's part of the kit from tests/NN-topic, and what is for reading
# and running from labs/NN-topic and solutions/NN-topic.
#
#   tests/NN-topic/*_checks.cpp   checks with their roles; compiled for the judge and for the subject
#   tests/NN-topic/memory_checks.cpp  those of the sanitized build, which has no other file's roles
#   tests/NN-topic/schedule_checks.cpp  those of the interleaved build, likewise
#   tests/NN-topic/given/         the interface and the skeleton, as they were given to the student
#   tests/NN-topic/given/broken/*.cpp  wrong programs, which students break by a schedule
#   tests/NN-topic/programs/*.cpp programs that the checks exec
function(ipclab_lab lab)
  set(tests ${PROJECT_SOURCE_DIR}/tests/${lab})
  set(kit ${KIT}/${lab})
  string(SUBSTRING ${lab} 0 2 number)
  file(GLOB checks CONFIGURE_DEPENDS ${tests}/*_checks.cpp)
  # Checks of the sanitized build come last: that build takes longest.
  set(memory_checks ${tests}/memory_checks.cpp)
  file(GLOB schedule_checks CONFIGURE_DEPENDS ${tests}/schedule_checks.cpp)
  list(REMOVE_ITEM checks ${memory_checks} ${schedule_checks})
  list(APPEND checks ${schedule_checks} ${memory_checks})
  file(GLOB given CONFIGURE_DEPENDS ${tests}/given/*.cpp)
  file(GLOB headers CONFIGURE_DEPENDS ${tests}/given/*.h)

  # The judge.
  add_executable(judge-${lab} ${checks})
  # Each file of checks has names of its own: .ci/tidy looks at them one by one.
  set_target_properties(judge-${lab} PROPERTIES OUTPUT_NAME judge RUNTIME_OUTPUT_DIRECTORY ${kit}
    UNITY_BUILD OFF)
  target_include_directories(judge-${lab} PRIVATE ${tests}/given)
  target_compile_definitions(judge-${lab} PRIVATE IPCLAB_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_compile_options(judge-${lab} PRIVATE ${WARNINGS})
  target_precompile_headers(judge-${lab} REUSE_FROM judge_model)
  target_link_libraries(judge-${lab} PRIVATE judge_main)
  add_dependencies(kit judge-${lab})

  # What a submission is linked with: the roles, and stand-ins for what it lacks. The stand-ins' names
  # are weak, so that the student's own win.
  foreach(build plain sanitized interleaved)
    set(flags)
    set(roles ${checks})
    if(build STREQUAL "sanitized")
      list(APPEND flags -fsanitize=address,undefined -fno-sanitize-recover=all)
      set(roles ${memory_checks})
    elseif(build STREQUAL "interleaved")
      list(APPEND flags -fsanitize=thread -O0 -Wno-tsan)
      set(roles ${schedule_checks})
    endif()
    add_library(roles-${lab}-${build} OBJECT ${roles})
    set_target_properties(roles-${lab}-${build} PROPERTIES UNITY_BUILD OFF)
    target_compile_definitions(roles-${lab}-${build} PRIVATE IPCLAB_SUBJECT)
    if(build STREQUAL "plain")
      target_precompile_headers(roles-${lab}-${build} REUSE_FROM judge_model)
    endif()
    add_library(stand-ins-${lab}-${build} OBJECT ${given})
    foreach(kind roles stand-ins)
      set(target ${kind}-${lab}-${build})
      target_include_directories(${target} PRIVATE ${tests}/given)
      target_compile_options(${target} PRIVATE ${WARNINGS} ${flags})
      add_custom_command(OUTPUT ${kit}/${build}/${kind}.o
        COMMAND ${CMAKE_COMMAND} -E make_directory ${kit}/${build}
        COMMAND ld -r -o ${kit}/${build}/${kind}.o
                $<FILTER:$<TARGET_OBJECTS:${target}>,EXCLUDE,gch>
        COMMAND ${CMAKE_OBJCOPY} $<$<STREQUAL:${kind},stand-ins>:--weaken> --strip-debug
                ${kit}/${build}/${kind}.o
        DEPENDS $<TARGET_OBJECTS:${target}> COMMAND_EXPAND_LISTS VERBATIM
        COMMENT "Joining the ${kind} of ${lab} (${build})")
      add_custom_target(kit-${target} DEPENDS ${kit}/${build}/${kind}.o)
      add_dependencies(kit kit-${target})
    endforeach()
  endforeach()

  file(GLOB programs CONFIGURE_DEPENDS ${tests}/programs/*.cpp)
  foreach(source ${programs})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${lab}-${name} ${source})
    set_target_properties(${lab}-${name} PROPERTIES OUTPUT_NAME ${name}
      RUNTIME_OUTPUT_DIRECTORY ${kit})
    target_compile_options(${lab}-${name} PRIVATE ${WARNINGS})
    target_link_options(${lab}-${name} PRIVATE -static)
    add_dependencies(kit ${lab}-${name})
  endforeach()

  # By names that are the same on every machine; and no line of a submission is in them.
  file(GLOB broken CONFIGURE_DEPENDS ${tests}/given/broken/*.cpp)
  foreach(source ${broken})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${lab}-${name} ${source})
    set_target_properties(${lab}-${name} PROPERTIES OUTPUT_NAME ${name} UNITY_BUILD OFF
      RUNTIME_OUTPUT_DIRECTORY ${kit}/broken)
    target_compile_options(${lab}-${name} PRIVATE -O0 -g1 -fsanitize=thread -Wall -Wextra
      -ffile-prefix-map=${tests}/given/=)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${lab}-${name} PRIVATE -Wno-tsan)
    else()
      target_compile_options(${lab}-${name} PRIVATE -mllvm -tsan-instrument-read-before-write=1)
    endif()
    target_link_options(${lab}-${name} PRIVATE -rdynamic -Wl,-z,now)
    target_link_libraries(${lab}-${name} PRIVATE -Wl,--whole-archive interleave
      -Wl,--no-whole-archive Threads::Threads rt ${CMAKE_DL_LIBS})
    configure_file(${source} ${kit}/broken/${name}.cpp COPYONLY)
    add_dependencies(kit ${lab}-${name})
  endforeach()

  foreach(header ${headers})
    get_filename_component(name ${header} NAME)
    configure_file(${header} ${kit}/include/${name} COPYONLY)
  endforeach()
  foreach(name lab.json hints.json)
    if(EXISTS ${tests}/${name})
      configure_file(${tests}/${name} ${kit}/${name} COPYONLY)
    endif()
  endforeach()

  # The student's own progress in CTest and in an editor's test explorer: `ctest -L lab-NN`.
  include(GoogleTest)
  gtest_discover_tests(judge-${lab} TEST_PREFIX "${lab}/" DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS "lab-${number}")

  # The demo with the student's files; not in `all`, because the student's files may not compile.
  foreach(tree labs solutions)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${tree}/${lab}/*.cpp)
    list(APPEND sources ${PROJECT_SOURCE_DIR}/labs/${lab}/demo.cpp)
    list(REMOVE_DUPLICATES sources)
    if(EXISTS ${PROJECT_SOURCE_DIR}/labs/${lab}/demo.cpp)
      add_executable(demo-${tree}-${lab} EXCLUDE_FROM_ALL ${sources})
      set_target_properties(demo-${tree}-${lab} PROPERTIES OUTPUT_NAME demo UNITY_BUILD OFF
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${tree}/${lab})
      target_include_directories(demo-${tree}-${lab} PRIVATE ${PROJECT_SOURCE_DIR}/${tree}/${lab}
        ${tests}/given)
      target_compile_options(demo-${tree}-${lab} PRIVATE -Wall -Wextra -g)
    endif()
  endforeach()
endfunction()
