package io.deploytail.server.web;

/**
 * What a page has around its content.
 *
 * @param root the relative address of the site's root, empty or ending in a slash: so the site works under any prefix
 * @param icon the name of the asset that stands in the tab
 * @param script the name of the page's own script; empty for none
 * @param nowMillis the server's time, in milliseconds of the epoch
 * @param caller the name of whoever is logged in; empty if nobody is
 */
public record PageHead(String title, String root, String icon, String script, long nowMillis, String caller) {}
