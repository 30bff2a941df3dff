// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/metadata/sidecar_samples.h"

namespace weightroom::test {

const std::string kSha = "6ce0161689b3853acaa03779ec93eafe75a02f4ced659bee03f50797806fa2fa";

const std::string kA1111 = R"({
    "description": "A style",
    "sd version": "SDXL",
    "activation text": "hat, cat",
    "preferred weight": 0.8,
    "negative text": "blurry",
    "notes": "mine",
    "vae": "None"
})";

const std::string kCivitai = R"({"id": 290640, "modelId": 257749, "name": "V6", "createdAt": "2024-01-06T05:19:24Z",
    "publishedAt": "2024-01-07T00:00:00Z", "trainedWords": ["score_9", "score_8_up, score_7_up"],
    "baseModel": "Pony", "description": "<p>Hi</p>", "stats": {"downloadCount": 1},
    "model": {"name": "Pony Diffusion", "type": "Checkpoint", "nsfw": false, "poi": false,
        "description": "<p>Model</p>", "tags": ["base model"], "allowNoCredit": true,
        "allowCommercialUse": ["Image", "RentCivit"], "allowDerivatives": true, "allowDifferentLicense": false},
    "creator": {"username": "PurpleSmartAI", "image": "https://x.org/a.png"},
    "files": [{"id": 1, "name": "other.safetensors", "hashes": {"SHA256": ")"
    + std::string(64, 'b')
    + R"("}}, {"id": 2, "name": "x.safetensors", "primary": true, "hashes": {"AutoV1": "0F1B80CF",
        "AutoV2": "67AB2FD8EC", "AutoV3": "6CE0161689B3", "SHA256": ")"
    + kSha + R"(", "CRC32": "F4AC2F4D", "BLAKE3": ")" + std::string(64, 'A') + R"("}}],
    "images": [], "downloadUrl": "https://civitai.com/api/download/models/290640",
    "air": "urn:air:sdxl:checkpoint:civitai:257749@290640"})";

const std::string kMatrix = R"({"ModelId":7,"ModelName":"Dream","ModelDescription":"<p>Hi</p>","Nsfw":true,
    "Tags":["style"],"ModelType":"LORA","VersionId":9,"VersionName":"v2","VersionDescription":"new",
    "AuthorUsername":"me","BaseModel":"SD 1.5","FileMetadata":{"fp":"fp16"},
    "ImportedAt":"2024-01-01T00:00:00+00:00","Hashes":{"SHA256":")"
    + kSha + R"(","CRC32":"0000000A","BLAKE3":null},
    "TrainedWords":["hat"],"Stats":null,"UserTitle":"My dream","Source":"Civitai"})";

const std::string kLoraManager = R"({"file_name": "x", "model_name": "Dream", "sha256": ")" + kSha
    + R"(", "base_model": "Unknown", "preview_nsfw_level": 4, "notes": "", "from_civitai": true,
    "civitai": {"id": 9, "modelId": 7, "name": "v2", "trainedWords": ["hat"], "model": {"name": "Dream on"},
        "creator": {"username": "me"}, "files": [{"name": "renamed.safetensors", "hashes": {"CRC32": "0000000a"}}],
        "customImages": []},
    "tags": ["mine"], "favorite": true, "usage_tips": "{\"strength\": 0.6, \"clip_skip\": 2}",
    "autov3": "6ce0161689b3", "a field of tomorrow": [1]})";

const std::string kSwarm = R"({"modelspec.name": "x.safetensors", "modelspec.title": "Dream",
    "modelspec.author": null, "modelspec.architecture": "stable-diffusion-xl-v1-base",
    "modelspec.preview_image": "data:image/jpeg;base64,AAAA", "modelspec.resolution": "1024x1024",
    "modelspec.trigger_phrase": "hat", "modelspec.tags": ["a, b", "c"], "modelspec.hash_sha256": "0x)"
    + kSha + R"(", "modelspec.local": true})";

const std::string kOldSwarm = R"({"title": "Dream", "description": "old", "standard_width": 512})";

} // namespace weightroom::test
