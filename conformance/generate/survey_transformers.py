"""The survey's models of Hugging Face transformers, in tiny configurations with random weights."""

import torch
import transformers as hf

VOCABULARY = 99
TEXT = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
ENDS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
SPREAD = {"initializer_range": 0.2}
IMAGE = {"image_size": 32, "patch_size": 8}


def encoder(name, **settings):
    config = {"vocab_size": VOCABULARY, "max_position_embeddings": 64, **TEXT, **SPREAD, **settings}
    return lambda: build(name, "Model", config), masked, {"batch": 0, "length": 1}


def decoder(name, **settings):
    config = {"vocab_size": VOCABULARY, "use_cache": False, **ENDS, **SPREAD, **settings}
    return lambda: hf.AutoModelForCausalLM.from_config(configured(name, config)), masked, {"batch": 0, "length": 1}


def text(name, head, config, inputs_of):
    return lambda: build(name, head, config), inputs_of, {"batch": 0, "length": 1}


def configured(name, config):
    return getattr(hf, f"{name}Config")(**config)


def build(name, head, config):
    return getattr(hf, f"{name}{head}")(configured(name, config))


def masked(batch, length):
    """Tokens of which the first sample's last ones are padding."""
    mask = torch.ones(batch, length, dtype=torch.int64)
    mask[0, length - 2 :] = 0
    return {"input_ids": torch.randint(3, VOCABULARY, (batch, length)), "attention_mask": mask}


def tokens(batch, length):
    return {"input_ids": torch.randint(3, VOCABULARY, (batch, length))}


def sequences(batch, length):
    return {
        "input_ids": torch.randint(3, VOCABULARY, (batch, length)),
        "decoder_input_ids": torch.randint(3, VOCABULARY, (batch, length)),
    }


def speech(batch, length):
    return {
        "input_features": torch.randn(batch, 16, 40),
        "decoder_input_ids": torch.randint(3, VOCABULARY, (batch, length)),
    }


def waves(batch, length):
    return {"input_values": torch.randn(batch, 40 * length)}


def pixels(batch, _):
    return {"pixel_values": torch.randn(batch, 3, 32, 32)}


def large_pixels(batch, _):
    return {"pixel_values": torch.randn(batch, 3, 64, 64)}


def pictures_with_text(batch, length):
    return {**masked(batch, length), **pixels(batch, length)}


def prompted(batch, _):
    return {"pixel_values": torch.randn(batch, 3, 64, 64), "input_points": torch.rand(batch, 1, 2, 2) * 64}


def pixels_with_mask(batch, _):
    mask = torch.ones(batch, 64, 64, dtype=torch.int64)
    mask[0, :, 48:] = 0
    return {"pixel_values": torch.randn(batch, 3, 64, 64), "pixel_mask": mask}


def vision(name, head="Model", inputs_of=pixels, **settings):
    return lambda: build(name, head, {**SPREAD, **settings}), inputs_of, {"batch": 0}


GPT = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64}
LLAMA = {**TEXT, "num_key_value_heads": 2, "max_position_embeddings": 64}
VIT = {**TEXT, **IMAGE}
SEQ2SEQ = {
    "vocab_size": VOCABULARY,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 64,
    "use_cache": False,
    "init_std": 0.2,
}
CLIP = {"text_config": {"vocab_size": VOCABULARY, **TEXT, "max_position_embeddings": 64}, "vision_config": VIT}
WAVE = {
    **TEXT,
    "vocab_size": VOCABULARY,
    "conv_dim": (16, 16, 16),
    "conv_stride": (5, 2, 2),
    "conv_kernel": (10, 3, 2),
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
    "num_feat_extract_layers": 3,
}


def detr():
    backbone = hf.ResNetConfig(
        embedding_size=16, hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1], out_features=["stage4"]
    )
    settings = {key: value for key, value in SEQ2SEQ.items() if key not in ("vocab_size", "use_cache")}
    config = hf.DetrConfig(use_timm_backbone=False, backbone=None, backbone_config=backbone, num_queries=7, **settings)
    return hf.DetrForObjectDetection(config)


def sam():
    config = hf.SamConfig(
        vision_config={
            "hidden_size": 32,
            "output_channels": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "image_size": 64,
            "patch_size": 8,
            "window_size": 3,
            "global_attn_indexes": [1],
            "mlp_dim": 64,
            "num_pos_feats": 16,
            "initializer_range": 0.2,
        },
        prompt_encoder_config={
            "hidden_size": 32,
            "image_size": 64,
            "patch_size": 8,
            "mask_input_channels": 4,
        },
        mask_decoder_config={
            "hidden_size": 32,
            "mlp_dim": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "iou_head_hidden_dim": 32,
        },
    )
    return hf.SamModel(config)


MODELS = {
    "bert": encoder("Bert"),
    "roberta": encoder("Roberta"),
    "albert": encoder("Albert", embedding_size=16),
    "distilbert": encoder("Distilbert".replace("b", "B"), dim=32, n_layers=2, n_heads=4, hidden_dim=64),
    "electra": encoder("Electra", embedding_size=16),
    "deberta_v2": encoder(
        "DebertaV2", relative_attention=True, pos_att_type=["p2c", "c2p"], position_buckets=8, norm_rel_ebd="layer_norm"
    ),
    "mpnet": encoder("MPNet"),
    "modernbert": encoder("ModernBert", local_attention=8, global_attn_every_n_layers=2, pad_token_id=0),
    "gpt2": decoder("GPT2", **GPT),
    "gpt_neo": decoder(
        "GPTNeo",
        hidden_size=32,
        num_layers=2,
        num_heads=4,
        intermediate_size=64,
        attention_types=[[["global", "local"], 1]],
        window_size=6,
        max_position_embeddings=64,
    ),
    "gpt_neox": decoder("GPTNeoX", **TEXT, max_position_embeddings=64),
    "gptj": decoder("GPTJ", **GPT, rotary_dim=4),
    "opt": decoder("OPT", hidden_size=32, num_hidden_layers=2, num_attention_heads=4, ffn_dim=64, word_embed_proj_dim=32),
    "bloom": decoder("Bloom", hidden_size=32, n_layer=2, n_head=4),
    "llama": decoder("Llama", **LLAMA),
    "mistral": decoder("Mistral", **LLAMA, sliding_window=6),
    "mixtral": decoder("Mixtral", **LLAMA, num_local_experts=4, num_experts_per_tok=2),
    "qwen2": decoder("Qwen2", **LLAMA),
    "gemma": decoder("Gemma", **LLAMA, head_dim=8),
    "phi": decoder("Phi", **LLAMA),
    "falcon": decoder("Falcon", hidden_size=32, num_hidden_layers=2, num_attention_heads=4),
    "mamba": text(
        "Mamba",
        "ForCausalLM",
        {"vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4, "use_cache": False, **SPREAD},
        tokens,
    ),
    "t5": text(
        "T5",
        "ForConditionalGeneration",
        {
            "vocab_size": VOCABULARY,
            "d_model": 32,
            "d_kv": 8,
            "d_ff": 64,
            "num_layers": 2,
            "num_heads": 4,
            "use_cache": False,
            "relative_attention_num_buckets": 8,
            "relative_attention_max_distance": 16,
        },
        sequences,
    ),
    "bart": text("Bart", "ForConditionalGeneration", SEQ2SEQ, sequences),
    "marian": text("Marian", "MTModel", {**SEQ2SEQ, "pad_token_id": 0, "decoder_start_token_id": 0}, sequences),
    "whisper": text(
        "Whisper",
        "ForConditionalGeneration",
        {**SEQ2SEQ, "num_mel_bins": 16, "max_source_positions": 20, "max_target_positions": 64, "pad_token_id": 0},
        speech,
    ),
    "vit": vision("ViT", "ForImageClassification", **VIT),
    "deit": vision("DeiT", "ForImageClassification", **VIT),
    "beit": vision(
        "Beit",
        "ForImageClassification",
        **VIT,
        use_relative_position_bias=True,
        layer_scale_init_value=0.5,
    ),
    "dinov2": vision("Dinov2", **VIT, layerscale_value=0.5),
    "swin": vision(
        "Swin",
        "ForImageClassification",
        large_pixels,
        image_size=64,
        patch_size=4,
        embed_dim=16,
        depths=[2, 2],
        num_heads=[2, 4],
        window_size=4,
    ),
    "convnext": vision(
        "ConvNext", "ForImageClassification", hidden_sizes=[16, 24, 32, 48], depths=[1, 1, 2, 1], layer_scale_init_value=0.5
    ),
    "resnet": vision(
        "ResNet",
        "ForImageClassification",
        large_pixels,
        embedding_size=16,
        hidden_sizes=[16, 32, 48, 64],
        depths=[1, 1, 1, 1],
    ),
    "segformer": vision(
        "Segformer",
        "ForSemanticSegmentation",
        large_pixels,
        hidden_sizes=[16, 16, 32, 32],
        depths=[1, 1, 1, 1],
        num_attention_heads=[1, 1, 2, 2],
        decoder_hidden_size=32,
    ),
    "clip": (lambda: build("CLIP", "Model", CLIP), pictures_with_text, {"batch": 0, "length": 1}),
    "detr": (detr, pixels_with_mask, {"batch": 0}),
    "sam": (sam, prompted, {"batch": 0}),
    "wav2vec2": (lambda: build("Wav2Vec2", "ForCTC", {**WAVE, **SPREAD}), waves, {"batch": 0, "samples": 1}),
    "hubert": (lambda: build("Hubert", "Model", {**WAVE, **SPREAD}), waves, {"batch": 0, "samples": 1}),
}
