import { CHANGE_HEADERS } from '../client/session.ts';
import type { ChatMessage, LaneName, Position, RoleName } from '../client/index.ts';

/** The REST API, as far as this page uses it. */

export interface Conversation {
  readonly id: string;
  readonly owner: string;
  readonly lastMessageAt: number;
  readonly lastMessage?: { readonly sender: string; readonly text: string; readonly time: number } | null;
  readonly head: Position;
  readonly stored: Position;
  readonly ownerRead: Position;
  readonly staffRead: Position;
  readonly unread: number;
}

export interface ConversationPage {
  readonly conversations: readonly Conversation[];
  readonly next: string | null;
  readonly complete: boolean;
}

export interface History {
  readonly messages: readonly ChatMessage[];
  /** Of what is older; null at the beginning. */
  readonly before: string | null;
  readonly head: Position;
  readonly stored: Position;
  readonly complete: boolean;
}

interface HistoryMessage {
  readonly id: string;
  readonly clientMsgId: string;
  readonly sender: string;
  readonly senderRole: RoleName;
  readonly owner: string;
  readonly lane: LaneName;
  readonly text: string;
  readonly epoch: number;
  readonly seq: number;
  readonly time: number;
}

/** There is no such conversation, or none for whoever asks. */
export class Missing extends Error {}

const ANSWER_MS_MAX = 15_000;
export const PAGE_SIZE = 50;

export async function conversations(cursor: string | null): Promise<ConversationPage> {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  if (cursor) query.set('cursor', cursor);
  return (await get(`/api/v1/conversations?${query}`)) as ConversationPage;
}

export async function history(conversation: string, before: string | null): Promise<History> {
  const query = new URLSearchParams({ lane: 'PUBLIC', limit: String(PAGE_SIZE) });
  if (before) query.set('before', before);
  const page = (await get(`/api/v1/conversations/${conversation}/messages?${query}`)) as Omit<History, 'messages'> & { messages: HistoryMessage[] };
  return {
    ...page,
    messages: page.messages.map(({ epoch, seq, ...rest }) => ({ ...rest, conversation, position: { epoch, seq } })),
  };
}

export async function signOut(): Promise<void> {
  const answer = await fetch('/api/v1/session/sign-out', { method: 'POST', headers: CHANGE_HEADERS, body: '{}', signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  // Nobody is signed in any more: as good as done.
  if (!answer.ok && answer.status !== 401) throw new Error(String(answer.status));
}

async function get(path: string): Promise<unknown> {
  const answer = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  if (answer.status === 404) throw new Missing(path);
  if (!answer.ok) throw new Error(`${answer.status} ${path}`);
  return answer.json();
}
