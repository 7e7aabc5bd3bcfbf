package dev.switchboard.gateway.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP decoder that refuses what two parsers could read in two ways: folded headers, control bytes, Content-Length beside
 * Transfer-Encoding, chunks in HTTP/1.0. After the first such request nothing more is parsed. Confined to its event loop.
 *
 * <p>One request at a time: behind a whole one nothing is decoded until {@link #next} says that it was answered. What a client
 * sends ahead waits as bytes, and no more than was read at once, because {@link RequestHandler} reads no further.
 */
final class StrictRequestDecoder extends HttpRequestDecoder {
    static final int REQUEST_LINE_BYTES_MAX = 4 * 1024;
    static final int HEADER_BYTES_MAX = 8 * 1024;

    private boolean inHead = true;
    private boolean lineSeen;
    private boolean refused;
    private boolean awaitsAnswer;
    private @Nullable ChannelHandlerContext context;

    StrictRequestDecoder() {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(REQUEST_LINE_BYTES_MAX)
                .setMaxHeaderSize(HEADER_BYTES_MAX)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true)
                .setAllowDuplicateContentLengths(false));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** The request is answered: goes on with what came behind it. Never from within a read. */
    void next() throws Exception {
        awaitsAnswer = false;
        ChannelHandlerContext ctx = context;
        if (ctx != null && !ctx.isRemoved()) {
            channelRead(ctx, Unpooled.EMPTY_BUFFER);
            channelReadComplete(ctx);
        }
    }

    /** Nothing more of this connection is parsed, whatever it sends. */
    void stop() {
        refused = true;
    }

    /** Whether a part of a request has come. */
    boolean begun() {
        return lineSeen || !inHead || actualReadableBytes() > 0;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        if (refused) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (awaitsAnswer) {
            return;
        }
        if (inHead && !isPlain(in)) {
            refuse(in, out);
            return;
        }
        int before = in.readerIndex();
        int messages = out.size();
        super.decode(ctx, in, out);
        lineSeen |= inHead && in.readerIndex() != before;
        for (Object message : out.subList(Math.min(messages, out.size()), out.size())) {
            if (message instanceof HttpRequest) {
                inHead = false;
            }
            if (message instanceof LastHttpContent) {
                inHead = true;
                lineSeen = false;
                awaitsAnswer = true;
            }
        }
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException(
                "both " + HttpHeaderNames.CONTENT_LENGTH + " and " + HttpHeaderNames.TRANSFER_ENCODING);
    }

    /** Looks at the bytes of a request line and headers before they are taken apart, up to the empty line. */
    private boolean isPlain(ByteBuf in) {
        int end = in.writerIndex();
        int previous = lineSeen ? '\n' : 0;
        for (int i = in.readerIndex(); i < end; i++) {
            int c = in.getUnsignedByte(i);
            boolean first = i == in.readerIndex() && !lineSeen;
            if (first && (c < 'A' || c > 'Z')) {
                return false;
            }
            boolean folded = previous == '\n' && (c == ' ' || c == '\t');
            boolean control = (c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7F;
            boolean bareLineFeed = c == '\n' && previous != '\r' && i > in.readerIndex();
            if (folded || control || bareLineFeed) {
                return false;
            }
            if (c == '\r' && previous == '\n') {
                return true; // The empty line. What follows is not the head any more.
            }
            previous = c;
        }
        return true;
    }

    private void refuse(ByteBuf in, List<Object> out) {
        refused = true;
        in.skipBytes(in.readableBytes());
        DefaultFullHttpRequest bad = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/bad-request");
        bad.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("not a plain HTTP/1.1 request")));
        out.add(bad);
    }
}
