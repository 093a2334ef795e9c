"""Text that is harmful if interpreted: in a terminal, a browser, a spreadsheet, a log."""

HTML = "<script>alert('x')</script>&amp;\"<b>"
FORMULAS = ("=cmd", "+1+1", "-1+1", "@SUM")
"""Spreadsheet formulas, using only characters allowed in every tag."""

MARKUP = "[red]in red[/] [/nothing] \\[a] {0} %s ${HOME} `id` :boom:"
UNICODE = "\U0001f4a9 \U0001d54f \u202eesrever Ω é"
CONTROL = "\x1b[2J\x1b]0;title\x07\x9b31m\x00\x08\r\n\t\x7f\u2028\u2029\x85"

IN_XML = (HTML, *FORMULAS, MARKUP, UNICODE)
"""Texts possible in AWS's XML."""

IN_JSON = (*IN_XML, CONTROL)
"""Texts also possible in AWS's JSON and in policies."""
