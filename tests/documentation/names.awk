# Prints the names of a struct's members, or of an enumeration's enumerators. Variables: name, of the type.
$0 ~ "^(struct|class|enum class) " name " \\{" { inside = 1; enumeration = /^enum/; next }
!inside { next }
/^\};/ { found = 1; exit }
/^ +\};/ { next }
{
    sub(/[ \t]*\/\/.*/, "")
    sub(/,$/, "")
}
/^ *(using|static|template|friend) / || /\(/ { next }
enumeration && /^ +[a-z_0-9]+$/ { print $1; next }
continued { continued = 0; next }
/=$/ { continued = 1 }
/[;=]$/ {
    sub(/ *(=.*|\{.*)?;?$/, "")
    print $NF
}
END { exit !found }
