"""What a browser may do with a page: run the scripts of this server, and load nothing from anywhere else.

Scripts inside a page do not run, so nothing that slips into a text can. Scripts at ``blob:`` addresses do, for that is
how anywidget brings a widget's own into a page; only a script that runs already can make such an address. Styles inside
a page are allowed: each widget and each chart has some. The full text of each rule is at
https://www.w3.org/TR/CSP3/.
"""

POLICY = {
    "default-src": "'self'",
    "script-src": "'self' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}

HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
}
