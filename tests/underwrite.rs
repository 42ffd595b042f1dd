//! The integration tests: everything through the real gRPC socket.
