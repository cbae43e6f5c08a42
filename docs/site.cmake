# `cmake --build build --target docs` makes the documentation: build/docs/html/index.html.
#
# Doxygen and Graphviz are needed by nobody who grades, so they are looked for here and missed only
# by who asks for the target. The theme is Debian's doxygen-awesome-css if there is one; without it
# the pages are Doxygen's own, and say the same.

find_program(IPCLAB_DOXYGEN doxygen)
find_program(IPCLAB_DOT dot)

if(NOT IPCLAB_DOXYGEN OR NOT IPCLAB_DOT)
  add_custom_target(docs
    COMMAND ${CMAKE_COMMAND} -E echo "The documentation needs doxygen and graphviz: make docs installs them."
    COMMAND ${CMAKE_COMMAND} -E false
    VERBATIM)
  return()
endif()

execute_process(COMMAND ${IPCLAB_DOXYGEN} --version OUTPUT_VARIABLE doxygen_version
  OUTPUT_STRIP_TRAILING_WHITESPACE)
set(theme "${PROJECT_SOURCE_DIR}/docs/theme")
set(site "${PROJECT_BINARY_DIR}/docs")
file(MAKE_DIRECTORY "${site}")

# The pictures of the handouts lie beside them.
file(GLOB picture_directories LIST_DIRECTORIES true CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/labs/*" "${PROJECT_SOURCE_DIR}/solutions/*")
set(IPCLAB_IMAGE_PATHS "")
foreach(directory IN LISTS picture_directories)
  if(IS_DIRECTORY "${directory}")
    string(APPEND IPCLAB_IMAGE_PATHS " \"${directory}\"")
  endif()
endforeach()

set(IPCLAB_HTML_HEADER "")
set(IPCLAB_STYLESHEETS "\"${theme}/site.css\"")
set(IPCLAB_SCRIPTS "")
set(IPCLAB_DOXYGEN_EXTRA "")
if(doxygen_version VERSION_GREATER_EQUAL 1.9.3)
  string(APPEND IPCLAB_DOXYGEN_EXTRA "WARN_IF_INCOMPLETE_DOC = NO\n")
endif()
find_path(IPCLAB_AWESOME doxygen-awesome.css PATHS /usr/share/doxygen-awesome-css NO_DEFAULT_PATH)
if(IPCLAB_AWESOME)
  set(awesome "${IPCLAB_AWESOME}")
  set(IPCLAB_STYLESHEETS "\"${awesome}/doxygen-awesome.css\" \\
                         \"${awesome}/doxygen-awesome-sidebar-only.css\" \\
                         \"${awesome}/doxygen-awesome-sidebar-only-darkmode-toggle.css\" \\
                         \"${theme}/site.css\"")
  set(IPCLAB_SCRIPTS "\"${awesome}/doxygen-awesome-darkmode-toggle.js\" \\
                         \"${awesome}/doxygen-awesome-fragment-copy-button.js\"")
  # From 1.9.5 on Doxygen has a dark style of its own, which would fight with the theme's.
  if(doxygen_version VERSION_GREATER_EQUAL 1.9.5)
    string(APPEND IPCLAB_DOXYGEN_EXTRA "HTML_COLORSTYLE        = LIGHT\n")
  endif()
  # The header of whichever Doxygen this is, with the theme's scripts.
  execute_process(COMMAND ${IPCLAB_DOXYGEN} -w html header.html footer.html doxygen.css
    WORKING_DIRECTORY "${site}" OUTPUT_QUIET ERROR_QUIET)
  file(READ "${site}/header.html" header)
  file(READ "${theme}/scripts.html" scripts)
  string(REPLACE "</head>" "${scripts}</head>" header "${header}")
  file(WRITE "${site}/header.html" "${header}")
  set(IPCLAB_HTML_HEADER "\"${site}/header.html\"")
endif()

configure_file("${PROJECT_SOURCE_DIR}/docs/Doxyfile.in" "${site}/Doxyfile" @ONLY)
add_custom_target(docs
  COMMAND ${CMAKE_COMMAND} -E rm -rf "${site}/html"
  COMMAND ${IPCLAB_DOXYGEN} "${site}/Doxyfile"
  WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
  COMMENT "Making the documentation"
  VERBATIM)
