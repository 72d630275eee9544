# Prints a page with every snippet as its source has it now. A block of code that is taken from a source follows a line
#     <!-- from FOLDER/FILE: NAME -->
# and is what stands in that file between the lines `// [NAME]` and `// [/NAME]` (`# [NAME]` in scripts), all of it where
# there are several such places; without a name it is the whole file. Marks are left out, and so is the indentation that
# all lines share.
# Variables: root, the folder that sources are named from.

function fail(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
    failed = 1
}

function is_mark(line) {
    return line ~ /^[ \t]*(\/\/|#) \[\/?[a-z0-9_-]+\]$/
}

# Prints the snippet; says whether there is one.
function print_snippet(file, name,    path, line, mark, inside, lines, count, shared, i) {
    path = root "/" file
    inside = name == ""
    shared = 1000
    while ((getline line < path) > 0) {
        if (is_mark(line)) {
            mark = line
            gsub(/^[^[]*\[|\]$/, "", mark)
            if (mark == name) inside = 1
            if (mark == "/" name) inside = 0
            continue
        }
        if (!inside) continue
        lines[++count] = line
        match(line, /^ */)
        if (line != "" && RLENGTH < shared) shared = RLENGTH
    }
    close(path)
    for (i = 1; i <= count; ++i) print substr(lines[i], shared + 1)
    return count > 0 && !(name != "" && inside)
}

/^<!-- from .* -->$/ {
    print
    source = substr($0, 11, length($0) - 14)
    name = ""
    if (match(source, /: /)) {
        name = substr(source, RSTART + 2)
        source = substr(source, 1, RSTART - 1)
    }
    if ((getline) <= 0 || !/^```/) {
        fail("no block of code follows")
        print
        next
    }
    print
    if (!print_snippet(source, name)) fail(source " has no snippet " name)
    while ((getline) > 0 && !/^```$/) {}
    print
    next
}
/^```cpp/ { fail("code that is taken from no source") }
{ print }
END { exit failed }
