using Tessera.Tokenizers.Templates;

namespace Tessera.Generation.Tests.Sessions;

public class ChatSessionTests
{
    private static readonly ByteVocabulary Vocabulary = new("<user>", "<bot>", "<end>");
    private const int User = 256, Bot = 257, End = 258;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>&lt;user&gt;text&lt;end&gt;&lt;bot&gt;text&lt;end&gt; … and an open &lt;bot&gt;.</summary>
    private sealed class Format : IChatFormat
    {
        public IReadOnlyList<int> Encode(IReadOnlyList<ChatMessage> messages) =>
        [
            .. messages.SelectMany(m => (int[])[m.Role == "user" ? User : Bot, .. ByteVocabulary.Ids(m.Content!), End]),
            Bot,
        ];
    }

    /// <summary>A decoder that answers with the last thing said, in reverse.</summary>
    private static FakeDecoder Reversing() => new(Vocabulary.Size, 500, (history, row) =>
    {
        var bot = history.LastIndexOf(Bot);
        var user = history[..bot].LastIndexOf(User);
        var said = history[(user + 1)..(bot - 1)];
        var at = history.Length - bot - 1;
        row[at < said.Length ? said[^(at + 1)] : End] = 20;
    });

    private static readonly GenerationOptions Greedy = new() { Sampling = SamplingOptions.Greedy, StopIds = [End] };

    [Fact]
    public async Task AConversationGrowsAndRunsOnlyWhatIsNew()
    {
        var decoder = Reversing();
        using var session = new Session(decoder, Vocabulary);
        var chat = new ChatSession(session, new Format(), Greedy);

        (await chat.SendAsync("abc", cancellation: Token).ToTextAsync(Token)).ShouldBe("cba");
        var ran = decoder.TokensRun;
        var second = chat.SendAsync("xy", cancellation: Token);
        (await second.ToTextAsync(Token)).ShouldBe("yx");

        chat.Messages.ShouldBe([new ChatMessage("user", "abc"), new ChatMessage("assistant", "cba"), new ChatMessage("user", "xy"), new ChatMessage("assistant", "yx")]);
        second.PromptTokens.ShouldBe(15);
        second.CachedTokens.ShouldBe(9); // <user>abc<end><bot>cba
        (decoder.TokensRun - ran).ShouldBe(6 + 2);
    }

    [Fact]
    public async Task ATurnThatIsEndedEarlyStaysAsFarAsItCame()
    {
        using var session = new Session(Reversing(), Vocabulary);
        var chat = new ChatSession(session, new Format(), Greedy);
        await foreach (var step in chat.SendAsync("abc", cancellation: Token))
        {
            if (step.Text == "b")
                break;
        }

        chat.Messages.ShouldBe([new ChatMessage("user", "abc"), new ChatMessage("assistant", "cb")]);
        (await chat.SendAsync("hi", cancellation: Token).ToTextAsync(Token)).ShouldBe("ih");
    }

    [Fact]
    public async Task ATurnWithoutAnAnswerLeavesTheConversationAsItWas()
    {
        using var session = new Session(Reversing(), Vocabulary);
        var chat = new ChatSession(session, new Format(), Greedy);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => chat.SendAsync("abc", cancellation: cancelled.Token).ToTextAsync(Token));
        _ = chat.SendAsync("never read", cancellation: Token);

        chat.Messages.ShouldBeEmpty();
        (await chat.SendAsync("abc", cancellation: Token).ToTextAsync(Token)).ShouldBe("cba");
    }

    [Fact]
    public async Task MessagesCanBeAddedAndTakenBack()
    {
        using var session = new Session(Reversing(), Vocabulary);
        var chat = new ChatSession(session, new Format(), Greedy);
        chat.Add(new ChatMessage("user", "one"));
        chat.Add(new ChatMessage("assistant", "two"));
        await chat.SendAsync("abc", cancellation: Token).ToTextAsync(Token);

        chat.Truncate(2);
        var run = chat.SendAsync("abd", cancellation: Token);
        (await run.ToTextAsync(Token)).ShouldBe("dba");
        run.CachedTokens.ShouldBe(10 + 3); // both old messages, <user>, a, b

        chat.Messages.Count.ShouldBe(4);
        Should.Throw<ArgumentOutOfRangeException>(() => chat.Truncate(5));
    }

    [Fact]
    public void AConversationThatDoesNotFitIsRefusedWithNumbers()
    {
        using var session = new Session(new FakeDecoder(Vocabulary.Size, 10, (_, _) => { }), Vocabulary);
        var chat = new ChatSession(session, new Format(), Greedy);
        var e = Should.Throw<ResourceLimitException>(() => chat.SendAsync("much too long", cancellation: Token));
        e.Needed.ShouldBe(17);
        e.Allowed.ShouldBe(10);
        chat.Messages.ShouldBeEmpty();
    }
}
