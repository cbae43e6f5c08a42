# Doxygen's filter for our Markdown, which is written to read well in the repository: prints the file
# with what the site needs besides.
#
#   - A heading gets a name that lasts: "## Short counts" of labs/01-pipe/README.md becomes
#     labs-01-pipe-short-counts. Doxygen's own are numbers that change with every edit.
#   - [text](#short-counts), [text](../01-pipe/README.md#short-counts) and [text](stream.h) become
#     references to sections, pages and headers. A link to a file that the site does not show
#     becomes its text.
#   - A handout gets a table of contents. The main page's headings stay out of the sidebar.
#
#     awk -v root=/path/of/the/repository -f markdown.awk FILE

# The name of a page: its path without "README.md" or ".md", and with dashes.
function page_name(path) {
  sub(/\/?README\.md$/, "", path)
  sub(/\.md$/, "", path)
  sub(/^docs\//, "", path)
  gsub(/[^A-Za-z0-9]+/, "-", path)
  return tolower(path == "" ? "repository" : path)
}

# As GitHub makes anchors: lower case, no punctuation, dashes for spaces.
function slug(title) {
  title = tolower(title)
  gsub(/[`*]/, "", title)
  gsub(/[^a-z0-9 _-]/, "", title)
  gsub(/ /, "-", title)
  return title
}

# `link`, seen from `directory`, as a path from the top of the repository.
function resolve(directory, link,    parts, kept, n, depth, i, path) {
  n = split(directory == "" ? link : directory "/" link, parts, "/")
  depth = 0
  for (i = 1; i <= n; i++) {
    if (parts[i] == "" || parts[i] == ".") continue
    if (parts[i] == "..") depth--
    else kept[++depth] = parts[i]
  }
  path = ""
  for (i = 1; i <= depth; i++) path = path (i > 1 ? "/" : "") kept[i]
  return path
}

# Does the site show this file? The top README.md is the repository's front page, not the site's.
function is_shown(path) {
  return path ~ /^(docs|labs|solutions|tests|common)\/.*\.(md|h)$/ && path != "docs/README.md" &&
         path !~ /^tests\/.*\/(given|mutants|alternates)\//
}

function rewrite(text, link,    at, anchor, path) {
  if (link ~ /^[a-z]+:/) return "[" text "](" link ")"
  at = index(link, "#")
  anchor = at ? substr(link, at + 1) : ""
  path = at ? substr(link, 1, at - 1) : link
  if (path == "") return "[" text "](@ref " page "-" anchor ")"
  path = resolve(directory, path)
  if (path !~ /\.[a-z]+$/) path = path "/README.md"
  if (!is_shown(path)) return text
  if (path ~ /\.h$/) return "[" text "](@ref " path ")"
  return "[" text "](@ref " page_name(path) (anchor == "" ? "" : "-" anchor) ")"
}

FNR == 1 {
  name = substr(FILENAME, length(root) + 2)
  directory = name
  if (!sub(/\/[^\/]*$/, "", directory)) directory = ""
  page = page_name(name)
  in_code = 0
  begun = ""
}

/^ *```/ { in_code = !in_code; print; next }
in_code { print; next }

/^#+ / {
  level = $0
  sub(/ .*/, "", level)
  title = substr($0, length(level) + 2)
  gsub(/`/, "", title)  # Doxygen's tables of contents show its markup as it is
  if (page == "mainpage" && level != "#") {
    print "<h2>" title "</h2>"
    next
  }
  print level " " title " {#" page (level == "#" ? "" : "-" slug(title)) "}"
  if (level == "#" && name ~ /^labs\/.*\//) print "\n[TOC]"
  next
}

# A link that goes on in the next line.
{ $0 = begun $0; begun = "" }
/\[[^]]*$/ { begun = $0 " "; next }

{
  # Images keep their file's name, and Doxygen looks for it.
  rest = $0
  line = ""
  while (match(rest, /\[[^][]*\]\([^()]*\)/)) {
    before = substr(rest, 1, RSTART - 1)
    found = substr(rest, RSTART, RLENGTH)
    rest = substr(rest, RSTART + RLENGTH)
    split_at = index(found, "](")
    text = substr(found, 2, split_at - 2)
    link = substr(found, split_at + 2, length(found) - split_at - 2)
    line = line before (before ~ /!$/ ? found : rewrite(text, link))
  }
  print line rest
}
