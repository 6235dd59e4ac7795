namespace Tessera.Primitives.Tests.Errors;

public sealed class ErrorTests
{
    [Fact]
    public void MalformedInputNamesFilePlaceAndReason()
    {
        var cause = new FormatException("inner");
        var error = new MalformedInputException("model.gguf", "tensor 3", "offset 99 lies behind the end", cause);

        error.Message.ShouldBe("model.gguf: tensor 3: offset 99 lies behind the end");
        (error.File, error.Place, error.Reason, error.InnerException).ShouldBe(("model.gguf", "tensor 3", "offset 99 lies behind the end", cause));
    }

    [Fact]
    public void AnUnsupportedFeatureIsRefusedByNameWithAdvice()
    {
        new UnsupportedFeatureException("config.json", "model_type \"rwkv\"").Message.ShouldBe("config.json: model_type \"rwkv\" is not supported.");
        new UnsupportedFeatureException("config.json", "model_type \"rwkv\"", "Known are: llama.").Message.ShouldEndWith("is not supported. Known are: llama.");
    }

    [Fact]
    public void ALimitStatesBothNumbers()
    {
        var error = new ResourceLimitException("bytes of weights", 4_000_000, 1_000, "Raise the limit.");
        error.Message.ShouldBe("4,000,000 bytes of weights needed, 1,000 allowed. Raise the limit.");
        (error.Resource, error.Needed, error.Allowed).ShouldBe(("bytes of weights", 4_000_000L, 1_000L));
    }

    [Fact]
    public void AllOfThemAreOneFamily()
    {
        TesseraException[] family = [new MalformedInputException("f", "p", "r"), new UnsupportedFeatureException("f", "x"), new ResourceLimitException("r", 2, 1)];
        family.ShouldAllBe(static e => e.GetType().IsSealed);
    }
}
