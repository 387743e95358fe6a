// A peer of the benchmark: the tutorial's chat, on Node.js and the package `ws`. Stores nothing.
// Speaks the plain protocol as far as the workloads need it: welcome, chat lines to all others,
// `/join ROOM`. Comings and goings are not announced by any peer.

const { createRequire } = require("node:module");
// The package lies where the benchmark has put it, not beside this file.
const { WebSocket, WebSocketServer } = createRequire(`${process.cwd()}/`)("ws");
const { randomUUID } = require("node:crypto");

const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.env.PORT ?? 0) });

server.on("listening", () => {
  console.log(`Node is ready: http://127.0.0.1:${server.address().port}`);
});

server.on("connection", (ws) => {
  const id = randomUUID();
  const client = { ws, name: `User-${id.slice(0, 4)}`, room: "lobby" };
  enter(client, "lobby");
  const message = `Welcome! You are connected as ${client.name}`;
  ws.send(JSON.stringify({ type: "system", message, clientId: id, timestamp: now() }));

  ws.on("message", (data) => {
    const text = data.toString();
    if (text.startsWith("/join ")) return join(client, text.slice("/join ".length));
    const content = contentOf(text);
    if (content === undefined) return;
    const line = { type: "chat", username: client.name, message: content, timestamp: now() };
    broadcast(client, JSON.stringify(line));
  });
  ws.on("close", () => leave(client));
  ws.on("error", () => leave(client));
});

function broadcast(from, line) {
  for (const client of rooms.get(from.room)) {
    if (client !== from && client.ws.readyState === WebSocket.OPEN) client.ws.send(line);
  }
}

function join(client, room) {
  leave(client);
  enter(client, room);
  const message = `You are in #${room} now.`;
  client.ws.send(JSON.stringify({ type: "system", message, timestamp: now() }));
}

function enter(client, room) {
  client.room = room;
  if (!rooms.has(room)) rooms.set(room, new Set());
  rooms.get(room).add(client);
}

function leave(client) {
  const people = rooms.get(client.room);
  if (people?.delete(client) && people.size === 0) rooms.delete(client.room);
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
