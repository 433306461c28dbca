// A mail server of this machine that takes whatever is sent.
import { once } from "node:events";

import PostalMime from "postal-mime";
import { SMTPServer } from "smtp-server";

/** Listens; answers the letters that came so far, each as postal-mime reads it, and how to close it. */
export async function openMailbox(port) {
  const letters = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    async onData(stream, { envelope }, done) {
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      const letter = await PostalMime.parse(Buffer.concat(chunks));
      letters.push({ ...letter, recipients: envelope.rcptTo.map(({ address }) => address) });
      done();
    },
  });
  server.listen(port, "127.0.0.1");
  await once(server.server, "listening");
  return { letters, close: () => server.close() };
}
