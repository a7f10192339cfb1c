// What our services are measured against: a gRPC server of the same library that answers for its health and does nothing else.
// Argument: its port.
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";

const server = new Server();
new HealthImplementation({ "": "SERVING" }).addToServer(server);
server.bindAsync(`127.0.0.1:${process.argv[2]}`, ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
});
