using Tessera.Context.Policies;
using Tessera.Generation;
using Tessera.Models.State;
using Tessera.Models.Tests;

namespace Tessera.Context.Tests.Policies;

/// <summary>Sessions under a policy: what is still held is used, what has dropped slots is never taken for what it is not.</summary>
public class PolicySessionTests
{
    private static readonly GenerationOptions s_four = new() { MaxTokens = 4 };

    [Fact]
    public async Task AConversationGoesOnAndAnEditedPromptBeginsAnew()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var session = Session(model);
        var first = await Ids(session, PolicyRun.Ids[..50]);
        session.CacheUse!.MostKept.ShouldBe(10);
        int[] more = [.. first, 5, 6, 7];
        var go = session.GenerateAsync(more, s_four);
        await go.ToTextAsync(TestContext.Current.CancellationToken);
        go.CachedTokens.ShouldBe(first.Length - 1); // the last answer token was never run

        var edited = session.GenerateAsync([.. PolicyRun.Ids[..49], 1], s_four);
        await edited.ToTextAsync(TestContext.Current.CancellationToken);
        edited.CachedTokens.ShouldBe(0);
        using var fresh = Session(model);
        edited.Tokens.ToArray().ShouldBe(await Ids(fresh, [.. PolicyRun.Ids[..49], 1]));
    }

    [Fact]
    public async Task AForkOfASessionAnswersLikeIt()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var session = Session(model);
        var first = await Ids(session, PolicyRun.Ids[..50]);
        using var fork = session.Fork();
        (await Ids(fork, [.. first, 9])).ShouldBe(await Ids(session, [.. first, 9]));
    }

    [Fact]
    public async Task APromptLongerThanAPassIsReadWhole()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var session = new Session(new ModelDecoder(model, sequences: SequenceOptions.Exact with { Policy = () => new HeavyHitterOracle() }));
        await Ids(session, [.. Enumerable.Range(0, 600).Select(i => i % 61)]);
        session.CacheUse!.MostKept.ShouldBe(120); // a fifth of 600, not of the first piece
    }

    private static Session Session(Tessera.Models.LanguageModel model) => new(new ModelDecoder(model, sequences: SequenceOptions.Exact with { Policy = () => new HeavyHitterOracle() }));

    private static async Task<int[]> Ids(Session session, int[] prompt)
    {
        var run = session.GenerateAsync(prompt, s_four);
        await run.ToTextAsync(TestContext.Current.CancellationToken);
        return run.Tokens.ToArray();
    }
}
