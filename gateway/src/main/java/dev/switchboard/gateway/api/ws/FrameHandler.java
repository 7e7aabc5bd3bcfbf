package dev.switchboard.gateway.api.ws;

import dev.switchboard.gateway.session.Disconnect;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only handler of an open WebSocket: reads RFC 6455 frames and hands whole messages to the door. Confined to the event loop
 * of its channel.
 *
 * <p>Written by hand because of what it does not do: no object per frame, no extension, no second look. It checks a frame's
 * header before it waits for the payload, so nothing the wire says sizes an allocation; and it stops between two messages when
 * the session has too many unanswered, with the rest left in the socket.
 */
public final class FrameHandler extends ByteToMessageDecoder {
    /** Bytes of a message, in one frame or several. */
    public static final int MESSAGE_BYTES_MAX = 64 * 1024;

    /** Frames of one message. */
    static final int FRAGMENTS_MAX = 64;

    private static final Logger log = LoggerFactory.getLogger(FrameHandler.class);
    private static final int CONTROL_BYTES_MAX = 125;
    private static final int OPCODE_CONTINUATION = 0;
    private static final int OPCODE_TEXT = 1;
    private static final int OPCODE_BINARY = 2;
    private static final int OPCODE_CLOSE = 8;
    private static final int OPCODE_PING = 9;
    private static final int OPCODE_PONG = 10;

    private final Session session;
    private final NativeDoor door;
    private final int expectedOpcode;
    private @Nullable ByteBuf fragments;
    private int fragmentCount;
    private boolean failed;

    public FrameHandler(Session session, NativeDoor door) {
        this.session = session;
        this.door = door;
        this.expectedOpcode = session.format() == WireFormat.PROTOBUF ? OPCODE_BINARY : OPCODE_TEXT;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        session.onReadable(() -> {
            if (!ctx.isRemoved()) {
                ctx.channel().config().setAutoRead(true);
                takeUp(ctx);
            }
        });
    }

    /** What was read before the pause waits in the cumulation; an empty read takes it up. */
    private void takeUp(ChannelHandlerContext ctx) {
        try {
            // Not from the head of the pipeline: a TLS handler passes nothing empty on.
            channelRead(ctx, Unpooled.EMPTY_BUFFER);
            channelReadComplete(ctx);
        } catch (Exception e) {
            exceptionCaught(ctx, e);
        }
    }

    /** Unlike what it overrides it asks for no more: a decoder whose frames go no further would read on through every pause. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        discardSomeReadBytes();
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        session.writabilityChanged();
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        while (true) {
            if (session.closing().isPresent()) {
                in.skipBytes(in.readableBytes());
                return;
            }
            if (session.paused()) {
                ctx.channel().config().setAutoRead(false);
                return;
            }
            if (!readFrame(ctx, in)) {
                return;
            }
        }
    }

    @Override
    protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        // The peer is gone: half a frame means nothing, and answers can't be written.
        in.skipBytes(in.readableBytes());
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) {
        dropFragments();
    }

    /**
     * The end of the pipeline. Resets are how clients leave, and broken TLS is their affair: neither is worth a stack trace.
     * One line for each connection, however much is wrong with it.
     */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Throwable root = cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
        boolean first = !failed;
        failed = true;
        if (root instanceof IOException) {
            if (first && root instanceof SSLException) {
                log.info("tls failed connection={} error={}", Long.toHexString(session.id()), root.toString());
            }
            ctx.close();
        } else if (first) {
            door.failed(session, cause);
        }
    }

    /** Takes one frame, if all of it is there. */
    private boolean readFrame(ChannelHandlerContext ctx, ByteBuf in) {
        int start = in.readerIndex();
        if (in.readableBytes() < 2) {
            return false;
        }
        int first = in.getUnsignedByte(start);
        int second = in.getUnsignedByte(start + 1);
        int opcode = first & 0x0F;
        boolean last = (first & 0x80) != 0;
        Disconnect problem = headerProblem(first, opcode, last, second);
        if (problem != null) {
            session.close(problem);
            return true;
        }
        int length = second & 0x7F;
        int headerBytes = 2;
        if (length == 126) {
            if (in.readableBytes() < 4) {
                return false;
            }
            length = in.getUnsignedShort(start + 2);
            headerBytes = 4;
        } else if (length == 127) {
            if (in.readableBytes() < 10) {
                return false;
            }
            long declared = in.getLong(start + 2);
            if (declared < 0 || declared > MESSAGE_BYTES_MAX) {
                session.close(declared < 0 ? Disconnect.PROTOCOL_ERROR : Disconnect.TOO_BIG);
                return true;
            }
            length = (int) declared;
            headerBytes = 10;
        }
        if (opcode < OPCODE_CLOSE && length + fragmentBytes() > MESSAGE_BYTES_MAX) {
            session.close(Disconnect.TOO_BIG);
            return true;
        }
        int total = headerBytes + 4 + length;
        if (in.readableBytes() < total) {
            return false;
        }
        int mask = in.getInt(start + headerBytes);
        int payload = start + headerBytes + 4;
        unmask(in, payload, length, mask);
        in.readerIndex(start + total);
        session.heard(total);
        frame(ctx, in, opcode, last, payload, length);
        return true;
    }

    /** What the first two bytes already give away. */
    private @Nullable Disconnect headerProblem(int first, int opcode, boolean last, int second) {
        boolean masked = (second & 0x80) != 0;
        boolean reservedBits = (first & 0x70) != 0;
        boolean control = opcode >= OPCODE_CLOSE;
        boolean known = opcode <= OPCODE_BINARY || (control && opcode <= OPCODE_PONG);
        if (!masked || reservedBits || !known) {
            return Disconnect.PROTOCOL_ERROR;
        }
        if (control) {
            return last && (second & 0x7F) <= CONTROL_BYTES_MAX ? null : Disconnect.PROTOCOL_ERROR;
        }
        boolean continues = opcode == OPCODE_CONTINUATION;
        if (continues != (fragmentCount > 0)) {
            return Disconnect.PROTOCOL_ERROR;
        }
        if (!continues && opcode != expectedOpcode) {
            return Disconnect.WRONG_FRAME_TYPE;
        }
        return last || fragmentCount < FRAGMENTS_MAX ? null : Disconnect.POLICY;
    }

    private void frame(ChannelHandlerContext ctx, ByteBuf in, int opcode, boolean last, int payload, int length) {
        if (opcode >= OPCODE_CLOSE) {
            if (session.pace().controlFrame()) {
                session.close(Disconnect.POLICY);
            } else if (opcode == OPCODE_PING) {
                session.write(controlFrame(ctx, OPCODE_PONG, in.slice(payload, length)));
            } else if (opcode == OPCODE_PONG) {
                session.ponged();
            } else if (opcode == OPCODE_CLOSE) {
                session.close(closeProblem(in, payload, length));
            }
        } else if (last && fragmentCount == 0) {
            message(in.nioBuffer(payload, length));
        } else {
            addFragment(ctx, in, payload, length);
            if (last) {
                ByteBuf whole = fragments;
                try {
                    message(whole == null ? ByteBuffer.allocate(0) : whole.nioBuffer());
                } finally {
                    dropFragments();
                }
            }
        }
    }

    private void message(ByteBuffer payload) {
        door.received(
                session, expectedOpcode == OPCODE_BINARY ? ClientFrames.protobuf(payload) : ClientFrames.json(payload));
    }

    private void addFragment(ChannelHandlerContext ctx, ByteBuf in, int payload, int length) {
        fragmentCount++;
        ByteBuf collected = fragments;
        if (collected == null) {
            collected = ctx.alloc().buffer(Math.max(length, 256), MESSAGE_BYTES_MAX);
            fragments = collected;
        }
        collected.writeBytes(in, payload, length);
    }

    private int fragmentBytes() {
        ByteBuf collected = fragments;
        return collected == null ? 0 : collected.readableBytes();
    }

    private void dropFragments() {
        ByteBuf collected = fragments;
        if (collected != null) {
            collected.release();
        }
        fragments = null;
        fragmentCount = 0;
    }

    /** The code to answer a close frame with. */
    private static Disconnect closeProblem(ByteBuf in, int payload, int length) {
        if (length == 0) {
            return Disconnect.NORMAL;
        }
        if (length == 1 || !isSendableCode(in.getUnsignedShort(payload))) {
            return Disconnect.PROTOCOL_ERROR;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(in.nioBuffer(payload + 2, length - 2));
            return Disconnect.NORMAL;
        } catch (CharacterCodingException e) {
            return Disconnect.INVALID_PAYLOAD;
        }
    }

    /** RFC 6455 §7.4: what may stand in a frame. */
    private static boolean isSendableCode(int code) {
        return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006)
                || (code >= 3000 && code <= 4999);
    }

    private static ByteBuf controlFrame(ChannelHandlerContext ctx, int opcode, ByteBuf payload) {
        return ctx.alloc()
                .buffer(2 + payload.readableBytes())
                .writeByte(0x80 | opcode)
                .writeByte(payload.readableBytes())
                .writeBytes(payload);
    }

    /** Eight bytes at a time: the mask repeats every four. */
    private static void unmask(ByteBuf in, int offset, int length, int mask) {
        if (mask == 0) {
            return;
        }
        long wide = ((long) mask << 32) | (mask & 0xFFFF_FFFFL);
        int at = offset;
        int end = offset + length;
        for (; at + 8 <= end; at += 8) {
            in.setLong(at, in.getLong(at) ^ wide);
        }
        for (int i = 0; at < end; at++, i++) {
            in.setByte(at, in.getByte(at) ^ (mask >>> (24 - 8 * (i & 3))));
        }
    }
}
