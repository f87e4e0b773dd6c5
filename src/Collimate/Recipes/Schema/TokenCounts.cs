using Collimate.Alignment.Towers;
using Collimate.Models;
using Collimate.Models.Llava;
using Collimate.Models.Vision;
using Collimate.Models.Vision.Convolutional;
using Collimate.Torch;

namespace Collimate.Recipes.Schema;

/// <summary>How many tokens a picture becomes in a trained model, from its recipe and configurations alone.</summary>
internal static class TokenCounts
{
    /// <summary>Of a model's folder.</summary>
    /// <param name="model">The recipe's model.</param>
    /// <param name="folder">The folder.</param>
    /// <returns>Null for a model without eyes, and where only the tower itself could tell.</returns>
    public static int? OfOwn(ModelRecipe model, string folder)
    {
        using var generator = new Generator(0);
        var context = new SeamContext(folder, generator, 0, 0, folder);
        if (Seams.Vision.Read(model.Vision).Options is not { } options)
        {
            return null;
        }

        var (first, place) = options switch
        {
            FusedTowerOptions fused => (fused.Towers[0], context.ForTower(0)),
            MultiScaleOptions scaled => (scaled.Tower, context),
            _ => ((EncoderTowerOptions)options, context),
        };
        var config = ConfigSection.Load(CheckpointFolder.ConfigFile(place.VisionFolder(first.Path)));
        if (config.Text("model_type") == ResNetConfig.ModelType)
        {
            return null;
        }

        var (shape, picture) = (VisionConfig.ReadRoot(config), VisionParts.Preprocessing(first, place).OutputSize);
        var grid = new PatchGrid(picture.Height / shape.PatchSize, picture.Width / shape.PatchSize);
        var kept = Seams.Conditioning.Read(model.Conditioning).Options is TextTokenOptions { KeepTextRows: true } said ? said.Length : 0;
        return ConnectorParts.TokensOf(model.Connector, grid, grid.Count + kept + (first.Patches == FeatureSelection.Full && shape.HasClassToken ? 1 : 0));
    }
}
