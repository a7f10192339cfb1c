// Loads ledger.proto; its messages as types, as the loader's options make them.
import { fileURLToPath } from "node:url";
import {
  type ChannelOptions,
  type Client,
  credentials,
  type GrpcObject,
  type handleServerStreamingCall,
  type handleUnaryCall,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import { loadSync, type MethodDefinition } from "@grpc/proto-loader";

export interface Transfer {
  id: string;
  fromServer: string;
  fromAccount: string;
  toServer: string;
  toAccount: string;
  amount: number;
}

export interface Account {
  name: string;
  balance: number;
}

export interface Stats {
  server: string;
  transfers: number;
  initialTotal: number;
  inDoubt: number;
}

export type TransferResult = "TRANSFER_RESULT_DONE" | "TRANSFER_RESULT_INSUFFICIENT_FUNDS";
export type Vote = "VOTE_YES" | "VOTE_STOPPED" | "VOTE_NO_SUCH_ACCOUNT";
export type Outcome = "OUTCOME_PENDING" | "OUTCOME_COMMITTED" | "OUTCOME_ABORTED";

type Empty = Record<string, never>;
/** A message within a message is null when it was not sent. */
type MaybeTransfer = { transfer: Transfer | null };

interface Calls {
  Transfer: [MaybeTransfer, { result: TransferResult }];
  Hold: [{ holdMs: number; owner: string }, Empty];
  GetStats: [Empty, Stats];
  SetPeers: [{ addresses: Record<string, string> }, Empty];
  Prepare: [MaybeTransfer & { transaction: string }, { vote: Vote }];
  Decide: [{ transaction: string; commit: boolean }, Empty];
  GetOutcome: [MaybeTransfer & { transaction: string }, { outcome: Outcome }];
}

interface Streams {
  GetAccounts: [Empty, Account];
  GetTransfers: [Empty, Transfer];
}

type Methods<All extends Record<keyof All, [unknown, unknown]>> = {
  [Name in keyof All]: MethodDefinition<All[Name][0], object, object, All[Name][1]>;
};

/** What a server implements. */
export type LedgerHandlers = { [Name in keyof Calls]: handleUnaryCall<Calls[Name][0], Calls[Name][1]> } & {
  [Name in keyof Streams]: handleServerStreamingCall<Streams[Name][0], Streams[Name][1]>;
};

const file = fileURLToPath(new URL("ledger.proto", import.meta.url));
const definition = loadSync(file, { longs: Number, enums: String, defaults: true, oneofs: true });
const loaded = loadPackageDefinition(definition) as GrpcObject as unknown as {
  ledger: { v1: { Ledger: ServiceClientConstructor & { service: Methods<Calls> & Methods<Streams> } } };
};

export const { Ledger } = loaded.ledger.v1;

/** A server that was restarted is found again at once, not after gRPC's usual pauses of up to two minutes. */
const channelOptions: ChannelOptions = {
  "grpc.initial_reconnect_backoff_ms": 50,
  "grpc.max_reconnect_backoff_ms": 500,
};

export function ledgerClient(address: string): Client {
  return new Ledger(address, credentials.createInsecure(), channelOptions);
}
