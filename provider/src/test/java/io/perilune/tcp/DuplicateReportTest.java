package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import org.junit.jupiter.api.Test;

/** The receiver tells of what came twice (RFC 2883). */
class DuplicateReportTest {

    private final TcpScript t = TcpScript.establishedWithSack();

    private void expectBlocks(Sent s, int... relative) {
        assertThat(s.sack).hasSize(relative.length);
        for (int i = 0; i < relative.length; i++) {
            assertThat(s.sack.get(i)).isEqualTo(t.theirs(relative[i]));
        }
    }

    @Rfc(number = 2883, section = "4", label = "4/1")
    @Test // RFC 2883 §4.1.1
    void aSegmentBelowTheAcknowledgmentIsReportedOnce() {
        t.inject(data(100, 1, 1));
        t.skip();
        t.inject(data(100, 1, 1));
        expectBlocks(t.next(), 1, 101);
        t.inject(data(100, 201, 1));
        expectBlocks(t.next(), 201, 301);
    }

    @Rfc(number = 2883, section = "4", label = "4/2")
    @Test // RFC 2883 §4, §4.1.3: within a block, which follows
    void aSegmentWithinABlockIsReportedInFrontOfIt() {
        t.inject(data(300, 101, 1));
        t.skip();
        t.inject(data(100, 201, 1));
        expectBlocks(t.next(), 201, 301, 101, 401);
    }

    @Rfc(number = 2883, section = "4.2", label = "4.2/1")
    @Test // RFC 2883 §4.2: a segment that is old in part, beyond the acknowledgment
    void thePartOfASegmentThatWasThereIsReported() {
        t.inject(data(100, 201, 1));
        t.skip();
        t.inject(data(200, 101, 1));
        expectBlocks(t.next(), 201, 301, 101, 301);
    }

    @Rfc(number = 2883, section = "4.2", label = "4.2/1")
    @Test // RFC 2883 §4.2: a segment that is old in part, at the acknowledgment
    void thePartBelowTheAcknowledgmentIsReported() {
        t.inject(data(100, 1, 1));
        t.skip();
        t.inject(data(200, 1, 1));
        Sent s = t.next();
        assertThat(s.ack).isEqualTo(t.theirs(201));
        expectBlocks(s, 1, 101);
    }

    @Rfc(number = 2883, section = "4", label = "4/3")
    @Test // duplicates of one turn that follow each other are told together: none is forgotten
    void duplicatesInARowShareAReport() {
        t.inject(data(300, 1, 1));
        t.skip();
        t.receive(data(100, 1, 1));
        t.receive(data(100, 101, 1));
        t.inject(data(100, 201, 1));
        expectBlocks(t.next(), 1, 301);
    }
}
