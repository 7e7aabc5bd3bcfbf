package dev.switchboard.gateway.log;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much of its memory Redis uses, in bytes, as it says itself. */
public record RedisMemory(long used, long most) {
    private static final Pattern USED = Pattern.compile("(?m)^used_memory:(\\d+)\\r?$");
    private static final Pattern MOST = Pattern.compile("(?m)^maxmemory:(\\d+)\\r?$");

    /** Of what INFO answers; as if empty where that says nothing, because refusing everything for that would be worse. */
    public static RedisMemory of(String info) {
        return new RedisMemory(number(USED, info).orElse(0), number(MOST, info).orElse(0));
    }

    /** 0 where there is no bound. */
    public int percent() {
        return most <= 0 ? 0 : (int) Math.min(1_000, used * 100 / most);
    }

    private static OptionalLong number(Pattern line, String info) {
        Matcher found = line.matcher(info);
        return found.find() ? OptionalLong.of(Long.parseLong(found.group(1))) : OptionalLong.empty();
    }
}
