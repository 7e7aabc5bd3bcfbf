package dev.switchboard.worker.log;

import com.google.protobuf.ByteString;
import dev.switchboard.wire.Partition;

/**
 * A part of the log that can't become a row, with its bytes and the reason. Goes to the dead letters.
 *
 * @param item place within the entry, from 0
 * @param reason for operators; never holds what was said
 */
public record Unreadable(Partition partition, LogId entry, int item, ByteString bytes, String reason) {}
