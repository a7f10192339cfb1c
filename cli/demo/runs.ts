// What the demo asks of the coordinator, told as a person would type it and as it happens.
import { StillpointError } from "../../proto/errors.ts";
import type { Backup } from "../../proto/gen/stillpoint/v1/Backup.ts";
import type { RunEvent } from "../../proto/gen/stillpoint/v1/RunEvent.ts";
import { formatBytes } from "../../runtime/units.ts";
import type { CoordinatorClient } from "../coordinator-client.ts";
import { formatCount } from "../format.ts";
import type { Story } from "./story.ts";

export async function createBackup(client: CoordinatorClient, label: string, story: Story): Promise<Backup> {
  story.tell(`stillpoint create --label ${label}`);
  const messages = client.createBackup({ label });
  const backup = await resultOf(
    messages,
    ({ backup }) => backup,
    (event) => story.tellStep(event),
  );
  story.tell(`  complete: ${formatCount(backup.nrFiles, "file")}, ${formatBytes(backup.sizeInBytes)}`);
  return backup;
}

/** What is wrong with the backup. */
export async function verifyBackup(client: CoordinatorClient, id: string, story: Story): Promise<string[]> {
  story.tell(`stillpoint verify ${id}`);
  const messages = client.verifyBackup(id);
  const { valid, problems, files } = await resultOf(
    messages,
    ({ verdict }) => verdict,
    () => {},
  );
  story.tell(`  ${valid ? "valid" : "NOT valid"}: sizes and checksums of ${formatCount(files, "file")}, and the cut`);
  return problems;
}

/** Returns the token of the restore; 0 if that was over before it could be asked for. */
export async function restoreBackup(client: CoordinatorClient, id: string, story: Story): Promise<number> {
  story.tell(`stillpoint restore ${id} --yes`);
  const messages = client.restoreBackup({ id });
  let token = 0;
  await resultOf(
    messages,
    ({ result }) => result,
    async (event) => {
      if (event.step === "claimed") token = (await client.getStatus()).claim?.token ?? 0;
      else story.tellStep(event);
    },
  );
  return token;
}

async function resultOf<Message extends { event?: RunEvent | null }, Result>(
  messages: AsyncIterable<Message>,
  resultIn: (message: Message) => Result | null | undefined,
  onEvent: (event: RunEvent) => void | Promise<void>,
): Promise<Result> {
  for await (const message of messages) {
    const result = resultIn(message);
    if (result) return result;
    if (message.event) await onEvent(message.event);
  }
  throw new StillpointError("internal", "the coordinator ended the call without a result");
}
