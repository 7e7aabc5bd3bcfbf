package dev.switchboard.gateway.api.page;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page with places to fill: {@code {{name}}} for a value, {@code {{asset:file}}} for the address of a file. Immutable; any
 * thread. Values stand in double-quoted attributes or between tags, nowhere else, and are escaped for both.
 */
final class Template {
    private static final Pattern PLACE = Pattern.compile("\\{\\{([a-zA-Z]+)}}");
    private static final Pattern ASSET = Pattern.compile("\\{\\{asset:([a-zA-Z0-9._-]+)}}");

    /** Texts and names of values, in turn; the first is a text. */
    private final List<String> parts = new ArrayList<>();

    private final Set<String> places = new TreeSet<>();

    /** Fails where the page names a file or a value that there is not, or has anything else in double braces. */
    Template(String html, Assets assets, Set<String> values) {
        String text = ASSET.matcher(html)
                .replaceAll(found -> Matcher.quoteReplacement(assets.url(found.group(1))
                        .orElseThrow(() -> new IllegalArgumentException("a page names no file: " + found.group()))));
        Matcher matcher = PLACE.matcher(text);
        int end = 0;
        while (matcher.find()) {
            parts.add(text.substring(end, matcher.start()));
            parts.add(matcher.group(1));
            places.add(matcher.group(1));
            end = matcher.end();
        }
        parts.add(text.substring(end));
        if (!values.containsAll(places)) {
            throw new IllegalArgumentException("a page wants " + places + ", there is " + values);
        }
        for (int i = 0; i < parts.size(); i += 2) {
            if (parts.get(i).contains("{{")) {
                throw new IllegalArgumentException("a page has a place that can't be filled: " + parts.get(i));
            }
        }
    }

    byte[] fill(Map<String, String> values) {
        StringBuilder page = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            if (i % 2 == 0) {
                page.append(part);
            } else {
                escape(values.getOrDefault(part, ""), page);
            }
        }
        return page.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void escape(String value, StringBuilder page) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '&' -> page.append("&amp;");
                case '<' -> page.append("&lt;");
                case '>' -> page.append("&gt;");
                case '"' -> page.append("&quot;");
                case '\'' -> page.append("&#39;");
                case '`' -> page.append("&#96;");
                default -> page.append(c);
            }
        }
    }
}
