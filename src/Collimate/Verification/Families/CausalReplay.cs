using System.Globalization;
using System.Text.RegularExpressions;
using Collimate.Generation;
using Collimate.Models;
using Collimate.Models.Attention;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>
/// Decoders (Llama, Qwen2). <c>logits</c>, <c>hidden_states.N</c>, <c>attentions.N</c> and the loss come from <c>input_ids</c>;
/// <c>X.logits</c> and the like from <c>input_ids_X</c> under <c>attention_mask_X</c> at <c>position_ids_X</c>, where <c>X_default_positions</c>
/// means positions from 0 to n-1; <c>cacheN.layerK.key</c> is the cache behind the first N tokens; <c>generate.*</c> is generated.
/// </summary>
internal sealed partial class CausalReplay(CausalLanguageModel model) : IReplay
{
    private const string DefaultPositions = "_default_positions";

    /// <inheritdoc/>
    public void Run(Replayed run)
    {
        using (GradMode.Disable())
        {
            foreach (var variant in run.VariantsOf("logits", "hidden_states", "attentions", "last_hidden_state", "loss").Where(variant => !variant.StartsWith("generate.", StringComparison.Ordinal)))
            {
                run.Part(variant, () => Forward(run, variant));
            }

            ReplayCaches(run);
            new GenerationReplay(run, model.Config.PadTokenId ?? 0, prompt => new LanguageSession(model, LanguageInput.Causal(model.Embed(prompt.Ids), prompt.Valid))).Run();
        }

        if (run.WantsLoss("loss"))
        {
            run.Part("", () => Train(run));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    private void Forward(Replayed run, string variant)
    {
        var (input, mask, suffix) = Input(run.Recording, variant);
        using var trace = new ForwardTrace(wantsAttentions: run.Wants(variant + "attentions."));
        var last = model.Run(input, trace: trace);
        run.Trace(variant, trace, mask);
        run.Output(variant + "last_hidden_state", last, mask);
        var logits = model.Logits(last);
        run.Output(variant + "logits", logits, mask);
        if (variant.Length > 0 && run.WantsLoss(variant + "loss"))
        {
            run.Loss(variant + "loss", Losses.NextToken(logits, run.Recording.Ids("labels" + suffix)).Item());
        }
    }

    private void Train(Replayed run)
    {
        model.SetRequiresGrad(true);
        var (input, _, _) = Input(run.Recording, "");
        var loss = Losses.NextToken(model.Logits(model.Run(input)), run.Recording.Ids("labels"));
        run.Loss("loss", loss.Item());
        if (run.WantsGradients)
        {
            loss.Backward();
            run.Gradients(model);
        }
    }

    private (LanguageInput Input, TokenMask? Mask, string Suffix) Input(Recording recording, string variant)
    {
        var name = variant.TrimEnd('.');
        var counts = !name.EndsWith(DefaultPositions, StringComparison.Ordinal);
        name = counts ? name : name[..^DefaultPositions.Length];
        var suffix = name.Length == 0 ? "" : "_" + name;
        var ids = recording.Ids("input_ids" + suffix);
        var mask = recording.Mask("attention_mask" + suffix);
        var (rows, length) = ((int)ids.Size(0), (int)ids.Size(1));
        var attention = mask is null ? AttentionSpec.Causal(rows, length) : AttentionSpec.Causal(rows, length, mask.Valid);
        var positions = counts && recording.Has("position_ids" + suffix)
            ? recording.Ids("position_ids" + suffix)
            : Tensor.Arange(length).Unsqueeze(0).Expand(rows, length);
        return (new LanguageInput(model.Embed(ids), positions.Contiguous(), attention), mask, suffix);
    }

    private void ReplayCaches(Replayed run)
    {
        var lengths = run.Recording.OutputNames.Select(name => CachePattern().Match(name)).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).Distinct();
        foreach (var length in lengths)
        {
            run.Part($"cache{length}.", () => ReplayCache(run, length));
        }
    }

    private void ReplayCache(Replayed run, int length)
    {
        var ids = run.Recording.Ids("input_ids");
        if (length == 0 || length > ids.Size(1))
        {
            run.Excuse($"cache{length}.", $"'input_ids' has {ids.Size(1)} tokens");
            return;
        }

        var (_, state) = model.Prefill(LanguageInput.Causal(model.Embed(ids.Slice(1, 0, length))));
        using (state)
        {
            for (var layer = 0; layer < model.Config.LayerCount; layer++)
            {
                run.Output($"cache{length}.layer{layer}.key", state.Cache.Keys(layer));
                run.Output($"cache{length}.layer{layer}.value", state.Cache.Values(layer));
            }
        }
    }

    [GeneratedRegex(@"^cache([0-9]{1,7})\.layer[0-9]+\.(key|value)$")]
    private static partial Regex CachePattern();
}
