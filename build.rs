//! Compiles the service definition without protoc and keeps its descriptors for reflection.

use std::path::PathBuf;

use prost::Message;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = [
        "proto/underwrite/v1/access_service.proto",
        "proto/underwrite/v1/decision_service.proto",
        "proto/underwrite/v1/follow_up_service.proto",
        "proto/underwrite/v1/replay_service.proto",
        "proto/underwrite/v1/rule_set_service.proto",
    ];
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(files, ["proto"])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure()
        .btree_map(".")
        .compile_fds(descriptors)?;
    Ok(())
}
