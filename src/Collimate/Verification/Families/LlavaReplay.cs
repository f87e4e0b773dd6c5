using Collimate.Alignment;
using Collimate.Alignment.Towers;
using Collimate.Models;
using Collimate.Models.Llava;
using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>
/// LLaVA-1.5. <c>input_ids</c> hold one image token a picture, or all of its visual tokens; <c>expanded_*</c> are the second kind beside the
/// first. <c>vision.*</c> is the tower, <c>image_features_selected</c> and <c>image_features_projected</c> what the projector takes and gives,
/// <c>inputs_embeds</c>, <c>hidden_states.N</c>, <c>attentions.N</c> and <c>logits</c> the whole sequence.
/// </summary>
internal sealed class LlavaReplay(VisionLanguageModel model, LlavaConfig config) : IReplay
{
    private static readonly string[] WholeNames = ["logits", "hidden_states.", "attentions.", "inputs_embeds", "last_hidden_state"];

    private EncoderTower Tower => (EncoderTower)model.Vision;

    /// <summary>Loads a folder.</summary>
    public static LlavaReplay Load(string folder)
    {
        var config = LlavaConfig.Load(CheckpointFolder.ConfigFile(folder));
        return new LlavaReplay(LlavaModel.Load(config, folder), config);
    }

    /// <inheritdoc/>
    public void Run(Replayed run)
    {
        run.Count("image_tokens_per_image", Tower.TokenCount);
        using (GradMode.Disable())
        {
            run.Part("vision.", () => VisionTowerReplay.Replay(run, Tower.Transformer, "vision."));
            run.Part("image_features_", () => ReplayFeatures(run));
            run.Part("", () => Forward(run));
            run.Part("text_only.", () => ReplayText(run));
            run.Part("expanded_loss", () =>
            {
                if (run.WantsLoss("expanded_loss"))
                {
                    run.Loss("expanded_loss", Loss(run.Recording, "expanded_").Item());
                }
            });
            new GenerationReplay(run, model.PadTokenId, prompt => Session(run.Recording, prompt)).Run();
        }

        if (run.WantsLoss("loss"))
        {
            run.Part("", () => Train(run));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    private void ReplayFeatures(Replayed run)
    {
        if (run.Wants("image_features_"))
        {
            var selected = Tower.Encode(run.Recording.Input("pixel_values"), null);
            run.Output("image_features_selected", selected);
            run.Output("image_features_projected", model.Connector.Project(selected));
        }
    }

    private void Forward(Replayed run)
    {
        if (!Array.Exists(WholeNames, run.Wants))
        {
            return;
        }

        var prefix = run.Recording.Has("input_ids") ? "" : "expanded_";
        var rows = LlavaRows.Read(run.Recording, prefix, config.ImageTokenId, Tower.TokenCount);
        using var batch = rows.ToBatch(run.Recording.Input("pixel_values"), config.ImageTokenId, Tower.TokenCount);
        using var trace = new ForwardTrace(run.Wants("attentions."));
        var composed = model.Compose(batch);
        run.Output("inputs_embeds", rows.Place(composed.Sequence.Embeddings), rows.Placed);
        var last = model.Language.Run(composed.Input, hook: composed.Hook, trace: trace);
        for (var layer = 0; layer < trace.HiddenStates.Count; layer++)
        {
            run.Output($"hidden_states.{layer}", rows.Place(trace.HiddenStates[layer]), rows.Placed);
            if (layer < trace.Attentions.Count)
            {
                run.Output($"attentions.{layer}", rows.PlaceAttention(trace.Attentions[layer]), rows.Placed, tokenDimension: 2);
            }
        }

        run.Output("last_hidden_state", rows.Place(last), rows.Placed);
        run.Output("logits", rows.Place(model.Language.Logits(last)), rows.Placed);
    }

    private void ReplayText(Replayed run)
    {
        if (run.Wants("text_only."))
        {
            var ids = run.Recording.Ids("text_only_ids");
            int[][] rows = [.. ids.ToArray<long>().Select(id => (int)id).Chunk((int)ids.Size(1))];
            using var batch = TokenRows.ToBatch(rows, null, config.ImageTokenId, Tower.TokenCount, null);
            var hidden = model.Forward(batch).Hidden.Slice(1, 0, ids.Size(1)); // sequences are filled up to round lengths
            run.Output("text_only.last_hidden_state", hidden);
            run.Output("text_only.logits", model.Language.Logits(hidden));
        }
    }

    private void Train(Replayed run)
    {
        model.SetRequiresGrad(true);
        var loss = Loss(run.Recording, run.Recording.Has("input_ids") ? "" : "expanded_");
        run.Loss("loss", loss.Item());
        if (run.WantsGradients)
        {
            loss.Backward();
            run.Gradients(model);
        }
    }

    private Tensor Loss(Recording recording, string prefix)
    {
        var rows = LlavaRows.Read(recording, prefix, config.ImageTokenId, Tower.TokenCount);
        using var batch = rows.ToBatch(recording.Input("pixel_values"), config.ImageTokenId, Tower.TokenCount);
        return Losses.NextToken(rows.Place(model.Language.Logits(model.Forward(batch).Hidden)), rows.Labels(recording, prefix));
    }

    private VisionLanguageSession Session(Recording recording, RecordedPrompt prompt)
    {
        int[][]? valid = prompt.Valid?.Chunk(prompt.Rows[0].Length).ToArray();
        var marks = prompt.Rows.SelectMany((row, number) => row.Where((id, at) => id == config.ImageTokenId && valid?[number][at] != 0)).Count();
        var all = recording.Has("pixel_values") ? recording.Input("pixel_values") : null;

        // The prompts may be the first rows of a batch; their pictures are then the first.
        var pictures = all is null || marks == 0 ? 0 : marks <= all.Size(0) ? marks : marks / Tower.TokenCount;
        return new VisionLanguageSession(model, TokenRows.ToBatch(prompt.Rows, valid, config.ImageTokenId, Tower.TokenCount, pictures == 0 ? null : all!.Narrow(0, 0, pictures)));
    }
}
