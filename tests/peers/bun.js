// A peer of the benchmark: the tutorial's chat on Bun's own publish and subscribe, as its manual
// has it. Stores nothing. Speaks the plain protocol as far as the workloads need it: welcome, chat
// lines to all others, `/join ROOM`. Comings and goings are not announced by any peer.

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT ?? 0),
  fetch(request, server) {
    const id = crypto.randomUUID();
    const data = { id, name: `User-${id.slice(0, 4)}`, room: "lobby" };
    if (server.upgrade(request, { data })) return;
    return new Response("This is a WebSocket.\n", { status: 426 });
  },
  websocket: {
    open(ws) {
      const { id, name, room } = ws.data;
      ws.subscribe(room);
      const message = `Welcome! You are connected as ${name}`;
      ws.send(JSON.stringify({ type: "system", message, clientId: id, timestamp: now() }));
    },
    message(ws, text) {
      if (text.startsWith("/join ")) return join(ws, text.slice("/join ".length));
      const content = contentOf(text);
      if (content === undefined) return;
      const { name, room } = ws.data;
      // To everyone in the room but the one who publishes.
      ws.publish(room, JSON.stringify({ type: "chat", username: name, message: content, timestamp: now() }));
    },
  },
});

function join(ws, room) {
  ws.unsubscribe(ws.data.room);
  ws.data.room = room;
  ws.subscribe(room);
  ws.send(JSON.stringify({ type: "system", message: `You are in #${room} now.`, timestamp: now() }));
}

function contentOf(text) {
  try {
    const frame = JSON.parse(text);
    return frame.type === "chat" ? frame.content : undefined;
  } catch {
    return text;
  }
}

function now() {
  return new Date().toISOString();
}

console.log(`Bun is ready: http://127.0.0.1:${server.port}`);
