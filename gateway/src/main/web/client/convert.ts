import { Lane, RefusalCode, Role } from '@wire';
import type { Accepted, Head, Message, Notice as NoticeFrame } from '@wire';
import { toUuid } from './ids.ts';
import type { ChatMessage, HeadState, Identity, LaneName, Notice, Sending } from './types.ts';

/** From frames to what an application sees. */

const LANES: readonly LaneName[] = ['PUBLIC', 'STAFF'];
export const laneOf = (name: LaneName): number => (name === 'STAFF' ? Lane.STAFF : Lane.PUBLIC);
export const laneName = (lane: number): LaneName => LANES[lane] ?? 'PUBLIC';
export const refusalCode = (code: number): string => Object.entries(RefusalCode).find(([, value]) => value === code)?.[0] ?? 'UNKNOWN';

export function toMessage(frame: Message): ChatMessage {
  return {
    id: toUuid(frame.messageId),
    clientMsgId: toUuid(frame.clientMsgId),
    conversation: toUuid(frame.conversation),
    // Left out where it is the sender.
    owner: frame.owner || frame.sender,
    sender: frame.sender,
    senderRole: frame.senderRole === Role.ADMIN ? 'ADMIN' : 'USER',
    lane: laneName(frame.lane),
    text: frame.text,
    position: { epoch: frame.epoch, seq: frame.seq },
    time: frame.time,
  };
}

/** One's own, which nobody announces to who sent it. */
export function toOwn(frame: Accepted, { id, owner = '', lane, text }: Sending, { user, role }: Identity): ChatMessage {
  return {
    id: toUuid(frame.messageId),
    clientMsgId: id,
    conversation: toUuid(frame.conversation),
    owner: role === 'USER' ? user : owner,
    sender: user,
    senderRole: role,
    lane,
    text,
    position: { epoch: frame.epoch, seq: frame.seq },
    time: frame.serverTime,
  };
}

export function toNotice({ conversation, owner, sender, preview, epoch, seq, time }: NoticeFrame): Notice {
  return { conversation: toUuid(conversation), owner, sender, preview, position: { epoch, seq }, time };
}

export function toHead(frame: Head): HeadState {
  return {
    conversation: toUuid(frame.conversation),
    owner: frame.owner,
    lane: laneName(frame.lane),
    position: { epoch: frame.epoch, seq: frame.seq },
    stored: { epoch: frame.storedEpoch, seq: frame.storedSeq },
    ownerRead: { epoch: frame.ownerReadEpoch, seq: frame.ownerReadSeq },
    staffRead: { epoch: frame.staffReadEpoch, seq: frame.staffReadSeq },
  };
}
