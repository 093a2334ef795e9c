"""Text that does harm where somebody interprets it: a terminal, a browser, a spreadsheet, a log."""

HTML = "<script>alert('x')</script>&amp;\"<b>"
FORMULAS = ("=cmd", "+1+1", "-1+1", "@SUM")
"""What a spreadsheet computes, in the characters that every tag may hold."""

MARKUP = "[red]in red[/] [/nothing] \\[a] {0} %s ${HOME} `id` :boom:"
UNICODE = "\U0001f4a9 \U0001d54f \u202eesrever Ω é"
CONTROL = "\x1b[2J\x1b]0;title\x07\x9b31m\x00\x08\r\n\t\x7f\u2028\u2029\x85"

IN_XML = (HTML, *FORMULAS, MARKUP, UNICODE)
"""What AWS's XML can carry."""

IN_JSON = (*IN_XML, CONTROL)
"""What its JSON, and every policy, can carry as well."""
