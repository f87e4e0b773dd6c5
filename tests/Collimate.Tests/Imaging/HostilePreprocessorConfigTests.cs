using System.Text;
using Collimate.Imaging;
using Collimate.Tests.Fuzzing;

namespace Collimate.Tests.Imaging;

public sealed class HostilePreprocessorConfigTests
{
    private static readonly string[] Folders = ["clip", "siglip", "dinov2", "vit", "resnet50"];

    [Fact]
    public void Parse_TenThousandDamagedSettings_GivesATransformOrAnImageException()
    {
        var random = new Random(8);
        var sound = Folders.Select(name => File.ReadAllText(GoldenFiles.Require($"{name}/preprocessor_config.json"))).ToArray();
        var accepted = 0;
        for (var round = 0; round < 10_000; round++)
        {
            var text = Encoding.UTF8.GetString(Mutations.JsonOrBytes(sound[round % sound.Length], random));
            try
            {
                PreprocessorConfig.Parse(text, "preprocessor_config.json");
                accepted++;
            }
            catch (ImageException refusal)
            {
                Assert.InRange(refusal.Message.Length, 1, 10_000);
            }
            catch (Exception failure) when (failure is not Xunit.Sdk.XunitException)
            {
                throw new InvalidOperationException(text, failure);
            }
        }

        Assert.InRange(accepted, 1, 9_999);
    }
}
