using Collimate.Imaging;
using Collimate.Tests.Imaging;
using Collimate.Tests.Tokenization;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Tests.Cli;

public sealed class PreprocessTilesTests
{
    [Fact]
    public void Preprocess_SettingsWithCanvases_WritesTheWholePictureAndItsTiles()
    {
        using var scope = new TensorScope();
        using var folder = new TemporaryFolder();
        var (config, picture, target) = (Path.Combine(folder.Path, "preprocessor_config.json"), Path.Combine(folder.Path, "p.png"), Path.Combine(folder.Path, "t.safetensors"));
        File.WriteAllText(config, """{"image_processor_type":"LlavaNextImageProcessor","size":{"shortest_edge":16},"crop_size":16,"image_grid_pinpoints":[[16,32],[32,16]]}""");
        var image = HandMade.Picture(50, 24);
        ImageCodec.Save(image, picture);

        Assert.Equal(0, CommandLine.Run("preprocess", "--config", config, "--image", picture, "--out", target).Code);

        using var reader = SafetensorsReader.Open(target);
        var pixels = reader.Read("pixel_values");
        Assert.Equal([3, 3, 16, 16], pixels.Shape);
        Assert.Equal(TiledProcessor.Load(config).Process(image), pixels.ToArray<float>());
    }
}
