// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/cases/case_builders.h"

namespace weightroom::test {
namespace {

using namespace engine;
using enum Architecture;

IdentificationCase encoder(
    std::string name, Blueprint blueprint, Architecture architecture, std::string variant, std::string rule)
{
    return {.name = std::move(name),
        .blueprint = std::move(blueprint),
        .kind = ModelKind::TextEncoder,
        .architecture = architecture,
        .variant = std::move(variant),
        .components = componentId("encoder", architecture),
        .rule = std::move(rule)};
}

IdentificationCase languageModel(std::string name, Blueprint blueprint, std::string rule)
{
    return {.name = std::move(name),
        .blueprint = std::move(blueprint),
        .components = "other_tensors",
        .rule = std::move(rule),
        .problems = "llm"};
}

/// The same family in another size, told by its last norm.
Blueprint ofWidth(const char* header, std::uint64_t width)
{
    return reshaped(encoderHeader(header), "model.norm.weight", {width});
}

Blueprint qwen25Vl3b()
{
    return deepened(
        reshaped(ofWidth("qwen2.5_7b", 2048), "model.layers.0.self_attn.k_proj.bias", {256}), "model.layers.", 36);
}

/// As ComfyUI keeps it: without the last ten layers, the vision and the head.
Blueprint prunedMistral()
{
    Blueprint pruned = renamed(encoderHeader("mistral3_24b"), "model.language_model.", "model.");
    for (int layer = 30; layer < 40; ++layer)
        pruned = without(std::move(pruned), "model.layers." + std::to_string(layer) + ".");
    return without(
        without(without(std::move(pruned), "model.vision_tower."), "model.multi_modal_projector."), "lm_head");
}

Cases encoders()
{
    const Blueprint llava = reshaped(encoderHeader("llama3_8b"), "model.embed_tokens.weight", {128320, 4096});
    return {
        encoder("gemma 2 2b", encoderHeader("gemma2_2b"), Gemma2, "2b", "gemma2.2b"),
        encoder("gemma 3 4b", encoderHeader("gemma3_4b"), Gemma3, "4b", "gemma3.4b"),
        encoder("gemma 3 12b that sees", encoderHeader("gemma3_12b"), Gemma3, "12b", "gemma3.12b"),
        encoder("qwen 2.5 vl 3b", qwen25Vl3b(), Qwen25Vl, "3b", "qwen2.5_vl.3b"),
        encoder("qwen 2.5 vl 7b", encoderHeader("qwen2.5_vl_7b"), Qwen25Vl, "7b", "qwen2.5_vl.7b"),
        encoder("qwen 2.5 7b that only writes", encoderHeader("qwen2.5_7b"), Qwen25Vl, "7b", "qwen2.5_vl.7b"),
        encoder("qwen 3 0.6b", ofWidth("qwen3_4b", 1024), Qwen3, "0.6b", "qwen3.0.6b"),
        encoder("qwen 3 1.7b", ofWidth("qwen3_4b", 2048), Qwen3, "1.7b", "qwen3.1.7b"),
        encoder("qwen 3 4b", encoderHeader("qwen3_4b"), Qwen3, "4b", "qwen3.4b"),
        encoder("qwen 3 4b in 4 bits", packedToNf4(encoderHeader("qwen3_4b")), Qwen3, "4b", "qwen3.4b"),
        encoder("qwen 3 8b", encoderHeader("qwen3_8b"), Qwen3, "8b", "qwen3.8b"),
        encoder("llama 3 8b", encoderHeader("llama3_8b"), Llama3, "8b", "llama3.8b"),
        encoder("llama 3 8b of llava", llava, Llama3, "8b-llava", "llama3.8b_llava"),
        encoder("mistral 3 24b", encoderHeader("mistral3_24b"), Mistral3, "24b", "mistral3.24b"),
        encoder("mistral 3 24b, pruned", prunedMistral(), Mistral3, "24b-pruned", "mistral3.24b"),
    };
}

/// As llama.cpp names it.
Blueprint gguf(Blueprint model)
{
    struct Name {
        std::string_view transformers;
        std::string_view gguf;
    };
    // The longer names first: "attn_q" is a part of "attn_q_norm".
    constexpr std::array kNames{Name{"model.layers.", "blk."}, Name{"self_attn.q_norm.", "attn_q_norm."},
        Name{"self_attn.k_norm.", "attn_k_norm."}, Name{"self_attn.q_proj.", "attn_q."},
        Name{"self_attn.k_proj.", "attn_k."}, Name{"self_attn.v_proj.", "attn_v."},
        Name{"self_attn.o_proj.", "attn_output."}, Name{"mlp.up_proj.", "ffn_up."}, Name{"mlp.down_proj.", "ffn_down."},
        Name{"mlp.gate_proj.", "ffn_gate."}, Name{"post_feedforward_layernorm.", "post_ffw_norm."},
        Name{"pre_feedforward_layernorm.", "ffn_norm."}, Name{"input_layernorm.", "attn_norm."},
        Name{"model.embed_tokens.", "token_embd."}, Name{"model.norm.", "output_norm."}, Name{"lm_head.", "output."}};
    for (TensorBlueprint& tensor : model) {
        for (const auto& [transformers, name] : kNames) {
            const std::size_t place = tensor.name.find(transformers);
            if (place != std::string::npos)
                tensor.name.replace(place, transformers.size(), name);
        }
        tensor.dtype = tensor.shape.rank() > 1 ? Dtype::Q8_0 : Dtype::F32;
    }
    return model;
}

Cases ggufEncoders()
{
    const Blueprint mistral = without(
        without(renamed(encoderHeader("mistral3_24b"), "model.language_model.", "model."), "model.vision_tower."),
        "model.multi_modal_projector.");
    const Blueprint gemma12b =
        deepened(reshaped(encoderHeader("gemma3_4b"), "model.norm.weight", {3840}), "model.layers.", 48);
    return {
        encoder("gemma 2 2b in gguf", gguf(encoderHeader("gemma2_2b")), Gemma2, "2b", "gemma2.2b.gguf"),
        encoder("gemma 3 4b in gguf", gguf(encoderHeader("gemma3_4b")), Gemma3, "4b", "gemma3.4b.gguf"),
        encoder("gemma 3 12b in gguf", gguf(gemma12b), Gemma3, "12b", "gemma3.12b.gguf"),
        encoder("qwen 2.5 vl 3b in gguf", gguf(qwen25Vl3b()), Qwen25Vl, "3b", "qwen2.5_vl.3b.gguf"),
        encoder("qwen 2.5 vl 7b in gguf", gguf(encoderHeader("qwen2.5_7b")), Qwen25Vl, "7b", "qwen2.5_vl.7b.gguf"),
        encoder("qwen 3 0.6b in gguf", gguf(ofWidth("qwen3_4b", 1024)), Qwen3, "0.6b", "qwen3.0.6b.gguf"),
        encoder("qwen 3 4b in gguf", gguf(encoderHeader("qwen3_4b")), Qwen3, "4b", "qwen3.4b.gguf"),
        encoder("qwen 3 8b in gguf", gguf(encoderHeader("qwen3_8b")), Qwen3, "8b", "qwen3.8b.gguf"),
        encoder("llama 3 8b in gguf", gguf(encoderHeader("llama3_8b")), Llama3, "8b", "llama3.8b.gguf"),
        encoder("mistral 3 24b in gguf", gguf(mistral), Mistral3, "24b", "mistral3.24b.gguf"),
    };
}

Cases models()
{
    const Blueprint mistral = encoderHeader("mistral_7b");
    const Blueprint secondShard = tensors({{"model.layers.16.self_attn.q_proj.weight", {4096, 4096}},
        {"model.layers.17.self_attn.q_proj.weight", {4096, 4096}}, {"lm_head.weight", {32000, 4096}}});
    return {
        languageModel("mistral 7b", mistral, "llm.transformers"),
        languageModel("qwen 3 of another size", ofWidth("qwen3_4b", 5120), "llm.transformers"),
        languageModel("a later file of a language model", secondShard, "llm.transformers"),
        languageModel("phi 3", encoderHeader("phi3"), "llm.transformers"),
        languageModel("mistral 7b that sees", renamed(mistral, "model.", "model.language_model."), "llm.multimodal"),
        languageModel(
            "mistral 7b that sees, older", renamed(mistral, "model.", "language_model.model."), "llm.multimodal_old"),
        languageModel("mistral 7b in gguf", gguf(mistral), "llm.llama_cpp"),
        languageModel("projector of a language model",
            tensors({{"v.patch_embd.weight", {1024, 3, 14, 14}}, {"v.blk.0.ln1.weight", {1024}},
                {"mm.0.weight", {4096, 1024}}}),
            "llm.projector"),
        languageModel("gpt 2", encoderHeader("gpt2"), "llm.gpt_2"),
        languageModel("gpt neox", encoderHeader("gpt_neox"), "llm.gpt_neox"),
    };
}

} // namespace

Cases languageCases() { return allOf({encoders, ggufEncoders, models}); }

} // namespace weightroom::test
