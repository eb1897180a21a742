"""Lists fields of a config that change no count: training, names of tokens, scaling of angles."""

IGNORED = frozenset(
    {
        # the kind of model and its origin
        "_attn_implementation", "_attn_implementation_autoset", "_name_or_path", "auto_map", "model_type",
        "name_or_path", "tokenizer_class", "tokenizer_name", "torch_dtype", "dtype", "transformers_version",
        "transformers.js_config", "unsloth_version", "unsloth_fixed", "_commit_hash",
        "license",
        # tokens with a meaning, and labels
        "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "decoder_start_token_id",
        "forced_bos_token_id", "forced_eos_token_id", "suppress_tokens", "begin_suppress_tokens", "bad_words_ids",
        "prefix", "id2label", "label2id", "num_labels", "finetuning_task", "task_specific_params", "problem_type",
        "image_token_id", "eoi_token_index",
        # training
        "attention_dropout", "attn_pdrop", "embd_pdrop", "resid_pdrop", "hidden_dropout", "classifier_dropout",
        "hidden_dropout_prob", "attention_probs_dropout_prob", "layerdrop", "init_std", "dropout",
        "embd_layer_dropout", "initializer_range", "initializer_factor", "router_aux_loss_coef",
        "router_jitter_noise", "output_router_logits", "aux_loss_alpha", "seq_aux", "gradient_checkpointing",
        "z_loss_coef", "residual_dropout", "embedding_dropout", "activation_dropout", "dropout_rate",
        "encoder_layerdrop", "decoder_layerdrop", "mask_feature_length", "mask_feature_min_masks",
        "mask_feature_prob", "mask_time_length", "mask_time_min_masks", "mask_time_prob", "ep_size",
        "initial_context_length", "swiglu_limit",
        # how outputs are given back, and how text is drawn from them
        "use_cache", "cache_implementation", "output_attentions", "output_hidden_states", "return_dict",
        "torchscript", "chunk_size_feed_forward", "use_bfloat16", "pruned_heads", "tf_legacy_loss",
        "remove_invalid_values", "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "num_beams",
        "num_beam_groups", "length_penalty", "max_length", "min_length", "do_sample", "early_stopping",
        "diversity_penalty", "encoder_no_repeat_ngram_size", "no_repeat_ngram_size", "num_return_sequences",
        "output_scores", "return_dict_in_generate", "exponential_decay_length_penalty", "summary_activation",
        "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj",
        # in how many bits scores are computed
        "attention_softmax_in_fp32", "scale_attention_softmax_in_fp32",
        # places of tokens: angles, and how many were trained
        "rope_scaling", "rope_theta", "rope_parameters", "rope_local_base_freq", "rope_interleave",
        "original_max_position_embeddings", "n_ctx", "pretraining_tp",
        # how experts are chosen, not how many
        "topk_method", "scoring_func", "reorder_and_upcast_attn",
    }
)  # fmt: skip
