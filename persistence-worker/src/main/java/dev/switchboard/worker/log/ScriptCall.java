package dev.switchboard.worker.log;

import java.util.List;

/** Keys and arguments of one call of a script. */
record ScriptCall(List<String> keys, List<byte[]> arguments) {}
