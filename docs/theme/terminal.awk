# Makes a picture (SVG) of what a program wrote to a terminal, for README.md.
#
#     script -qc 'stty cols 100; build/kit/bin/ipclab grade 01' /dev/null | awk -f terminal.awk
#
# It understands what the grader writes and no more: colours, "up so many lines", "clear the rest",
# and lines that are written again as a whole. The last screen is the picture.

BEGIN {
  RS = "\001"  # all of it at once
  escape = "\033"
}

# The text of the current line from here on is new: what stood there before is gone.
function write(text) {
  if (fresh) line[row] = ""
  fresh = 0
  line[row] = line[row] text
  if (row > last) last = row
}

function escaped(text) {
  gsub(/&/, "\\&amp;", text)
  gsub(/</, "\\&lt;", text)
  gsub(/>/, "\\&gt;", text)
  return text
}

# The classes of a "select graphic rendition", as names in the style sheet below.
function classes(parameters,    i, n, part, names) {
  n = split(parameters, part, ";")
  for (i = 1; i <= n; ++i) if (part[i] + 0 > 0) names = names " c" part[i]
  return substr(names, 2)
}

{
  rest = $0
  gsub(/\r\n/, "\n", rest)
  row = last = 1
  fresh = 1
  while (match(rest, /[\033\r\n]/)) {
    if (RSTART > 1) write(escaped(substr(rest, 1, RSTART - 1)))
    control = substr(rest, RSTART, 1)
    rest = substr(rest, RSTART + 1)
    if (control == "\n") { ++row; fresh = 1; if (!(row in line)) line[row] = "" }
    if (control == "\r") fresh = 1
    if (control != escape || !match(rest, /^\[[0-9;?]*[A-Za-z]/)) continue
    command = substr(rest, RLENGTH, 1)
    parameters = substr(rest, 2, RLENGTH - 2)
    rest = substr(rest, RLENGTH + 1)
    if (command == "A") row -= parameters
    if (command == "m") {
      if (open) write("</tspan>")
      open = classes(parameters) != ""
      if (open) write("<tspan class=\"" classes(parameters) "\">")
    }
    if (command == "J" || command == "K") {
      if (fresh) line[row] = ""
      for (i = row + 1; command == "J" && i <= last; ++i) line[i] = ""
    }
  }
}

END {
  first = 1
  while (first < last && line[first] == "") ++first
  while (last > first && line[last] == "") --last
  height = 19 * (last - first + 1) + 34
  print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 890 " height "\" width=\"890\"" \
    " height=\"" height "\" role=\"img\" aria-label=\"A verdict of the grader in a terminal\">"
  print "  <style>"
  print "    rect { fill: #fbfaf6; stroke: #d6d1c4; }"
  print "    text { fill: #1f2933; white-space: pre; font: 14px ui-monospace, \"SF Mono\", Menlo,"
  print "           Consolas, \"DejaVu Sans Mono\", monospace; }"
  print "    .c1 { font-weight: 600; } .c2 { fill: #6b7480; } .c31 { fill: #b3261e; }"
  print "    .c32 { fill: #1d7a3c; } .c33 { fill: #8a5a00; } .c36 { fill: #0d6b76; }"
  print "    @media (prefers-color-scheme: dark) {"
  print "      rect { fill: #1b1f24; stroke: #363c44; } text { fill: #dfe3e8; }"
  print "      .c2 { fill: #8d96a1; } .c31 { fill: #ff8a80; } .c32 { fill: #7ecb92; }"
  print "      .c33 { fill: #e6b450; } .c36 { fill: #6cc7d3; }"
  print "    }"
  print "  </style>"
  print "  <rect x=\"0.5\" y=\"0.5\" width=\"889\" height=\"" height - 1 "\" rx=\"8\"/>"
  for (i = first; i <= last; ++i) {
    if (line[i] != "") {
      print "  <text x=\"12\" y=\"" 19 * (i - first) + 29 "\" xml:space=\"preserve\">" line[i] \
        "</text>"
    }
  }
  print "</svg>"
}
